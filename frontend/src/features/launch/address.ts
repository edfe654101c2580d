import type { Size } from "../../api/schema";

/** What the page's address asks for. */
export interface Launch {
  environment: string;
  /** Null for the current one. */
  build: number | null;
  /** Null for the default profile. */
  profile: string | null;
  /** In place of a profile; null for none. */
  ownSize: Size | null;
  /** Null for whichever server; empty for the default one. */
  serverName: string | null;
}

/** The launch that a query string asks for; null if it does not name an environment. */
export function launchOf(search: string): Launch | null {
  const parameters = new URLSearchParams(search);
  const environment = parameters.get("environment");
  if (!environment) return null;
  return {
    environment,
    build: Number(parameters.get("build")) || null,
    profile: parameters.get("profile") || null,
    ownSize: sizeIn(parameters),
    serverName: parameters.get("server_name"),
  };
}

/** The address of a launch, below the service's prefix. */
export function launchPath(launch: Launch): string {
  const { environment, build, profile, ownSize, serverName } = launch;
  const parameters = new URLSearchParams({ environment });
  if (build !== null) parameters.set("build", String(build));
  if (profile !== null) parameters.set("profile", profile);
  for (const [limit, value] of Object.entries(ownSize ?? {})) {
    if (value !== null) parameters.set(limit, String(value));
  }
  if (serverName !== null) parameters.set("server_name", serverName);
  return `/launch?${parameters}`;
}

/** Memory in bytes and CPU in cores; what is no number counts as none. */
function sizeIn(parameters: URLSearchParams): Size | null {
  const [mem_limit, cpu_limit] = (["mem_limit", "cpu_limit"] as const).map((limit) => {
    const value = parameters.get(limit);
    return Number(value) || null;
  });
  return mem_limit == null && cpu_limit == null
    ? null
    : { mem_limit: mem_limit ?? null, cpu_limit: cpu_limit ?? null };
}
