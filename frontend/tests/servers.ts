import type { Build, Environment, ServerDetail, ServerProgress } from "../src/api/schema";

/** A server that runs; what is not given is as usual. */
export function aServer(changes: Partial<ServerDetail> = {}): ServerDetail {
  return {
    server_name: "",
    url: "/user/ada/",
    ready: true,
    pending: null,
    started_at: "2026-03-01T12:00:00Z",
    last_activity: "2026-03-01T12:30:00Z",
    environment: "course",
    display_name: "The Course",
    profile: "Small",
    chosen_build: null,
    build: 7,
    resolved_ref: "8f3c2d1e5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d",
    outdated: false,
    is_test: false,
    memory_used: 128 * 2 ** 20,
    mem_limit: 512 * 2 ** 20,
    cpu_used: 0.123,
    cpu_limit: 2,
    ...changes,
  };
}

/** An environment that can be started; only what servers need of it. */
export function aLaunchable(name: string, changes: Partial<Environment> = {}): Environment {
  return {
    name,
    display_name: name,
    description: "",
    owner: "barbara",
    profiles: null,
    mem_limit: null,
    cpu_limit: null,
    status: "ready",
    current_build: {
      id: 7,
      repo_url: `https://git.example.org/${name}`,
      resolved_ref: "8f3c2d1e5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d",
    } as Build,
    last_build: { id: 7, status: "built" } as Build,
    ...changes,
  } as Environment;
}

/** The stream of a start, as the service sends it. */
export function aProgress(...events: Partial<ServerProgress>[]): Response {
  const frames = events.map(
    (event) => `event: progress\ndata: ${JSON.stringify({ progress: 0, ...event })}\n\n`,
  );
  return new Response(frames.join(""), { headers: { "Content-Type": "text/event-stream" } });
}

/** Resolves when it is told to. */
export function aGate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}
