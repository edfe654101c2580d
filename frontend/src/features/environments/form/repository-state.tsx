import { t } from "../../../i18n";
import type { Lookup } from "./refs";

interface RepositoryStateProps {
  lookup: Lookup;
  /** Whether there was a password in the address. */
  hasMoved: boolean;
  onPrivate: (() => void) | undefined;
}

/** What was found at the address; nothing of it keeps one from going on. */
export function RepositoryState({ lookup, hasMoved, onPrivate }: RepositoryStateProps) {
  const texts = t.environments.form.repository;
  const { error } = lookup;
  return (
    <>
      <span role="status" className="d-block">
        {hasMoved && <span className="d-block text-info-emphasis">{texts.moved}</span>}
        {error ? (
          <span className="text-warning-emphasis">{texts.unreadable(error.message)}</span>
        ) : (
          describe(lookup)
        )}
      </span>
      {error && onPrivate && (
        <button
          type="button"
          className="btn btn-link btn-sm p-0 align-baseline"
          onClick={onPrivate}
        >
          {texts.private}
        </button>
      )}
    </>
  );
}

function describe({ isLooking, refs }: Lookup): string {
  const texts = t.environments.form.repository;
  if (isLooking) return texts.looking;
  if (!refs) return "";
  const { branches, tags } = refs;
  if (branches.length + tags.length === 0) return texts.empty;
  return refs.truncated ? texts.foundMany : texts.found(branches.length, tags.length);
}
