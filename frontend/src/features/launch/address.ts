/** What the page's address asks for. */
export interface Launch {
  environment: string;
  /** Null for the default profile. */
  profile: string | null;
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
    profile: parameters.get("profile") || null,
    serverName: parameters.get("server_name"),
  };
}

/** The address of a launch, below the service's prefix. */
export function launchPath({ environment, profile, serverName }: Launch): string {
  const parameters = new URLSearchParams({ environment });
  if (profile !== null) parameters.set("profile", profile);
  if (serverName !== null) parameters.set("server_name", serverName);
  return `/launch?${parameters}`;
}
