/** A repository, and what the address of one of its pages says after it, if that tells a ref. */
export interface PageAddress {
  repoUrl: string;
  /** A ref and, often, a path in the repository after it: where one ends the address does not say. */
  refPath: string | null;
}

/** What a forge's address means: the repository's segments and what names a ref. */
type Reading = { repository: string[]; ref: string[] } | null;

interface Page {
  host: string;
  path: string[];
  query: URLSearchParams;
}

/** A host and a path, as browsers show addresses. */
const WITHOUT_SCHEME = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?::\d+)?\/[^\s]/i;

const PUBLIC = /^(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|gitea\.com)$/;
const GITHUB = /^github\./;
const GITEA = /^(?:gitea|forgejo|codeberg)\./;

/**
 * The repository and the ref of a page at a forge. Addresses that are no such page, those for git
 * itself and those over SSH stay as they are.
 */
export function readPageAddress(typed: string): PageAddress {
  const text = typed.trim();
  const asItIs = { repoUrl: text, refPath: null };
  const address = WITHOUT_SCHEME.test(text) ? `https://${text}` : text;
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return asItIs;
  const url = new URL(address);
  if (url.username || url.password) return asItIs;
  const host = url.hostname.replace(/^www\./, "");
  const page = {
    host,
    path: url.pathname.split("/").filter(Boolean).map(decoded),
    query: url.searchParams,
  };
  const reading = readGitLab(page) ?? readBitbucket(page) ?? readGitea(page) ?? readGitHub(page);
  if (!reading) return { ...asItIs, repoUrl: address };
  const origin = PUBLIC.test(host) ? `https://${host}` : url.origin;
  return {
    repoUrl: `${origin}/${reading.repository.map(encodeURIComponent).join("/")}`,
    refPath: reading.ref.join("/").replace(/^refs\/(?:heads|tags)\//, "") || null,
  };
}

/** The longest known ref that the path begins with, or else its first part. */
export function refOfPath(refPath: string, known: readonly string[]): string {
  const matches = known.filter((ref) => refPath === ref || refPath.startsWith(`${ref}/`));
  const longest = matches.reduce((best, ref) => (ref.length > best.length ? ref : best), "");
  return longest || (refPath.split("/")[0] ?? "");
}

/** `…/-/` comes after a project, whose groups can be in other groups; no other forge has it. */
function readGitLab({ host, path }: Page): Reading {
  const dash = path.indexOf("-");
  const project = dash < 0 ? path : path.slice(0, dash);
  const isGitLab = /^gitlab\./.test(host);
  if (project.length < 2 || (dash < 0 && !isGitLab)) return null;
  const [kind = "", ...rest] = dash < 0 ? [] : path.slice(dash + 1);
  // Without `.git` GitLab redirects, and git asks twice.
  const repository = withGit(project);
  const isRef = /^(?:tree|blob|raw|blame|commits?|tags|find_file|network|graphs)$/.test(kind);
  return { repository, ref: isRef ? rest : [] };
}

function readBitbucket({ host, path, query }: Page): Reading {
  const [owner, name, kind = "", ...rest] = path;
  if (host !== "bitbucket.org" || !owner || !name) return null;
  const repository = [owner, name];
  // A branch with a slash is shown by its commit, with its name beside.
  const at = query.get("at");
  if (at) return { repository, ref: [at] };
  if (kind === "commits" && /^(?:branch|tag)$/.test(rest[0] ?? "")) {
    return { repository, ref: rest.slice(1) };
  }
  return { repository, ref: /^(?:src|commits?|branch|raw)$/.test(kind) ? rest : [] };
}

/** Newer ones say of which kind a ref is, wherever they are. */
function readGitea({ host, path }: Page): Reading {
  const [owner, name, view = "", kind = "", ...rest] = path;
  if (!owner || !name) return null;
  const repository = [owner, name];
  const isView = /^(?:src|raw|media|blame|commits)$/.test(view);
  if (isView && /^(?:branch|tag|commit)$/.test(kind) && rest.length > 0) {
    return { repository, ref: rest };
  }
  if (!GITEA.test(host)) return null;
  if (view === "releases" && kind === "tag") return { repository, ref: rest };
  return { repository, ref: isView || view === "commit" ? [kind, ...rest] : [] };
}

function readGitHub({ host, path }: Page): Reading {
  const [owner, name, kind = "", ...rest] = path;
  if (!GITHUB.test(host) || !owner || !name) return null;
  const repository = [owner, name];
  if (kind === "releases" && rest[0] === "tag") return { repository, ref: rest.slice(1) };
  const isRef = /^(?:tree|blob|raw|blame|edit|commits?)$/.test(kind);
  return { repository, ref: isRef ? rest : [] };
}

function withGit(project: string[]): string[] {
  return project.map((part, index) =>
    index === project.length - 1 ? `${part.replace(/\.git$/, "")}.git` : part,
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
