import type { Environment } from "../../api/schema";

/** What is typed on one's own machine to have an environment there. */
export interface RunCommands {
  /** Where the image is in no registry: makes the same one there. */
  build: string | null;
  run: string;
  compose: string;
  pull: string | null;
}

/** The commands for what users get now; null where there is nothing yet. */
export function runCommandsOf({ name, current_build: build }: Environment): RunCommands | null {
  if (!build) return null;
  const pushed = build.registry_image;
  const image = quoted(pushed?.reference ?? name);
  const again = `${quoted(build.repo_url)} --ref ${quoted(build.resolved_ref ?? build.ref)}`;
  return {
    build: pushed ? null : `tljh-envbuilder build ${again} --name ${quoted(name)}`,
    run: `tljh-envbuilder run ${image}`,
    compose: `tljh-envbuilder compose ${image} > compose.yaml`,
    pull: pushed?.pull_command ?? null,
  };
}

/** One word for the shell, whatever is in it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
