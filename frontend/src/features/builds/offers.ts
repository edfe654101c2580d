import { mayManage } from "../../api/page";
import type { Build, Environment } from "../../api/schema";

/** What can be done with a build that was successful. */
export type Offer = "start" | "try" | "publish" | "rollback" | "restore";

/** Whether the image of a build is to be had nowhere: a server pulls what is in a registry. */
export function isGone({ status, image_removed_at, registry_image }: Build): boolean {
  return status === "built" && Boolean(image_removed_at) && !registry_image;
}

/** What is offered of a build that is not the current one, to this person. */
export function offersOf(build: Build, environment: Environment): readonly Offer[] {
  if (build.status !== "built" || environment.current_build?.id === build.id) return [];
  if (isGone(build)) return ["restore"];
  const isManager = mayManage(environment);
  if (build.published_at) return isManager ? ["start", "rollback"] : ["start"];
  return isManager ? ["try", "publish"] : [];
}
