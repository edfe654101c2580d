import type { Build, Environment } from "../src/api/schema";
import { aBuild } from "./builds";

/** An environment of ada's that can be started; what is not given is as usual. */
export function aWhole(name: string, changes: Partial<Environment> = {}): Environment {
  const build = aBuild(1, { environment: name, repo_url: "https://github.com/o/r" });
  return {
    name,
    display_name: name[0]?.toUpperCase() + name.slice(1),
    description: "",
    repo_url: "https://github.com/o/r",
    ref: "main",
    owner: "ada",
    created_at: "2026-03-01T11:00:00Z",
    visibility: { everyone: true, users: [], groups: [] },
    mem_limit: null,
    cpu_limit: null,
    profiles: null,
    builder: "auto",
    build_args: {},
    default_url: null,
    environment_variables: {},
    has_credentials: false,
    schedule: "never",
    checked_at: null,
    check_error: null,
    status: "ready",
    current_build: build,
    last_build: build,
    waiting_build: null,
    ...changes,
  };
}

/** A build that has not come to an end. */
export function aRunningBuild(id: number, changes: Partial<Build> = {}): Build {
  const open = {
    published_at: null,
    image: null,
    image_size: null,
    finished_at: null,
    resolved_ref: null,
  };
  return aBuild(id, { status: "building", ...open, ...changes });
}
