import { mayManage } from "../../api/page";
import type { Build, Environment } from "../../api/schema";

/** What can be done with a build that was successful. */
export type Offer = "start" | "try" | "publish" | "rollback" | "restore";

/** What the person may do with a build now; nothing with one that has no image. */
export function offersOf(build: Build, environment: Environment): readonly Offer[] {
  if (build.status !== "built") return [];
  if (environment.current_build?.id === build.id) return ["start"];
  const isManager = mayManage(environment);
  // What is in a registry is pulled by the server that wants it.
  if (build.image_removed_at && !build.registry_image) return isManager ? ["restore"] : [];
  if (build.published_at) return isManager ? ["start", "rollback"] : ["start"];
  return isManager ? ["try", "publish"] : [];
}

/** The newest build, where users do not get it until it is published. */
export function waitingBuildOf({ current_build, last_build }: Environment): Build | null {
  if (last_build?.status !== "built" || last_build.published_at) return null;
  // What brings an older build back was never meant for users.
  const isMeant = last_build.id !== current_build?.id && last_build.trigger !== "restore";
  return isMeant ? last_build : null;
}
