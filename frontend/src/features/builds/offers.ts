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
