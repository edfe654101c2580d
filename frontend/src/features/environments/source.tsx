import type { Environment } from "../../api/schema";
import { t } from "../../i18n";
import { forgePagesOf, repositoryName, shortCommit } from "./forge";

/** A repository, with its page at a known forge. */
export function RepositoryLink({ repoUrl }: { repoUrl: string }) {
  const pages = forgePagesOf(repoUrl);
  const name = repositoryName(repoUrl);
  return pages ? <a href={pages.repository}>{name}</a> : <span>{name}</span>;
}

/** A branch, a tag or a commit, with its page at a known forge. */
export function RefLink({ repoUrl, of: ref }: { repoUrl: string; of: string }) {
  const pages = forgePagesOf(repoUrl);
  const name = refName(ref);
  if (!pages) return <span>{name}</span>;
  return (
    <a href={pages.ref(ref)} aria-label={t.environments.source.ref(name, repositoryName(repoUrl))}>
      {name}
    </a>
  );
}

/** What people call a ref. */
export function refName(ref: string): string {
  return ref === "HEAD" ? t.environments.source.defaultBranch : ref;
}

interface CommitLinkProps {
  repoUrl: string;
  commit: string;
  /** Whether all of it is shown. */
  isWhole?: boolean;
}

/** A commit, with its page at a known forge. */
export function CommitLink({ repoUrl, commit, isWhole = false }: CommitLinkProps) {
  const pages = forgePagesOf(repoUrl);
  const shown = isWhole ? commit : shortCommit(commit);
  if (!pages) return <code>{shown}</code>;
  return (
    <a
      href={pages.commit(commit)}
      aria-label={t.environments.source.commit(shown, repositoryName(repoUrl))}
    >
      <code className="text-reset">{shown}</code>
    </a>
  );
}

/** Repository, ref, and the commit that is in use, in one line; or the image that it is. */
export function Source({ environment }: { environment: Environment }) {
  const { repo_url: repoUrl, ref } = environment;
  const build = environment.current_build ?? environment.last_build;
  if (environment.image) return <code className="text-reset">{environment.image}</code>;
  return (
    <>
      <RepositoryLink repoUrl={repoUrl} />
      {" · "}
      <RefLink repoUrl={repoUrl} of={ref} />
      {build?.resolved_ref && (
        <>
          {" · "}
          <CommitLink repoUrl={build.repo_url} commit={build.resolved_ref} />
        </>
      )}
    </>
  );
}
