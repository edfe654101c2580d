import type { Environment } from "../../api/schema";

/** The builds of an environment, newest first, each of which can be made current again. */
export function History({ environment }: { environment: Environment }) {
  return <p>{environment.name}</p>;
}
