/** The pages that a git forge has of a repository. */
export interface ForgePages {
  repository: string;
  ref: (ref: string) => string;
  commit: (commit: string) => string;
}

interface Forge {
  /** Hosts that are this forge; others of it are known by the first part of their name. */
  hosts: readonly string[];
  names: readonly string[];
  /** Whether projects are in groups, and these in others. */
  isNested?: true;
  ref: string;
  commit: string;
  /** Where a commit is named as a ref, unless it is where any ref is. */
  commitAsRef?: string;
}

const FORGES: readonly Forge[] = [
  { hosts: ["github.com"], names: ["github"], ref: "tree", commit: "commit" },
  {
    hosts: ["gitlab.com"],
    names: ["gitlab"],
    isNested: true,
    ref: "-/tree",
    commit: "-/commit",
  },
  // A Bitbucket of one's own is another product, with other addresses.
  { hosts: ["bitbucket.org"], names: [], ref: "src", commit: "commits" },
  // Gitea finds out by itself whether `src/…` is a branch or a tag.
  {
    hosts: ["codeberg.org", "gitea.com"],
    names: ["gitea", "forgejo", "codeberg"],
    ref: "src",
    commit: "commit",
    commitAsRef: "src/commit",
  },
];

/** `git@host:path` and `ssh://git@host:22/path`; the port is not that of the pages. */
const SSH = /^(?:ssh:\/\/(?:[^/@]+@)?([^/:]+)(?::\d+)?\/|[\w.-]+@([\w.-]+):(?!\/))(.+)$/;

/** Where a repository's forge shows it; null for hosts that are not known, and for what is not https. */
export function forgePagesOf(repoUrl: string): ForgePages | null {
  const url = pageAddressOf(repoUrl);
  const forge = url && forgeOf(url.hostname);
  if (!forge) return null;
  const path = url.pathname.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
  const depth = path.split("/").length;
  if (depth < 2 || (depth > 2 && !forge.isNested) || path.includes("//")) return null;
  const repository = `${url.origin}/${path}`;
  return {
    repository,
    ref: (ref) => {
      if (ref === "HEAD") return repository;
      const kind = isCommit(ref) ? (forge.commitAsRef ?? forge.ref) : forge.ref;
      return `${repository}/${kind}/${ref.split("/").map(encodeURIComponent).join("/")}`;
    },
    commit: (commit) => `${repository}/${forge.commit}/${encodeURIComponent(commit)}`,
  };
}

/** How people call a repository: its address without what only git needs. */
export function repositoryName(repoUrl: string): string {
  const [, host, otherHost, path] = SSH.exec(repoUrl) ?? [];
  const address = path ? `${host ?? otherHost}/${path}` : repoUrl.replace(/^\w+:\/\//, "");
  return address.replace(/\/+$/, "").replace(/\.git$/, "");
}

/** A commit as people read it. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 7);
}

function isCommit(ref: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(ref);
}

function pageAddressOf(repoUrl: string): URL | null {
  const [, host, otherHost, path] = SSH.exec(repoUrl) ?? [];
  const address = path ? `https://${host ?? otherHost}/${path}` : repoUrl;
  if (!address.startsWith("https://") || !URL.canParse(address)) return null;
  const url = new URL(address);
  return url.username || url.password || url.search || url.hash ? null : url;
}

function forgeOf(host: string): Forge | undefined {
  const first = host.split(".")[0] ?? "";
  return FORGES.find((forge) => forge.hosts.includes(host) || forge.names.includes(first));
}
