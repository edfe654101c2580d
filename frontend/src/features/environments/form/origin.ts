const SSH = /^[\w.-]+@([\w.-]+):(?!\/\/)/;
const ADDRESS = /^(\w+):\/\/(?:[^@/]*@)?([^/]+)/;
const USUAL_PORTS: Record<string, string> = { https: ":443", http: ":80", ssh: ":22" };

/** Scheme, host and port of an address: what credentials are for. "" for what has none. */
export function originOf(repoUrl: string): string {
  const host = SSH.exec(repoUrl)?.[1];
  if (host) return `ssh://${host.toLowerCase()}`;
  const [, scheme = "", where = ""] = ADDRESS.exec(repoUrl.toLowerCase()) ?? [];
  const port = USUAL_PORTS[scheme];
  const isUsual = port !== undefined && where.endsWith(port);
  return where && `${scheme}://${isUsual ? where.slice(0, -port.length) : where}`;
}

/** The host as people know it. */
export function hostOf(repoUrl: string): string {
  return originOf(repoUrl).replace(/^\w+:\/\//, "");
}
