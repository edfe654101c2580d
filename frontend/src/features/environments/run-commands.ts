import type { Build, Environment } from "../../api/schema";

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
  return {
    build: pushed ? null : buildCommandOf(build, name),
    run: `tljh-envbuilder run ${image}`,
    compose: `tljh-envbuilder compose ${image} > compose.yaml`,
    pull: pushed?.pull_command ?? null,
  };
}

function buildCommandOf(build: Build, name: string): string {
  const { repo_url: repoUrl, ref, resolved_ref: commit, builder, build_args: args } = build;
  return [
    `tljh-envbuilder build ${quoted(repoUrl)} --ref ${quoted(commit ?? ref)} --name ${quoted(name)}`,
    ...(builder === "auto" ? [] : [`--builder ${quoted(builder)}`]),
    ...Object.entries(args).map(([key, value]) => `--build-arg ${quoted(`${key}=${value}`)}`),
  ].join(" ");
}

/** One word for the shell, whatever is in it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
