import { addressOf } from "../../api/page";
import type { BuildDetail } from "../../api/schema";
import { t } from "../../i18n";
import { CopyButton } from "../../ui/copy";
import type { LogStore } from "./log-store";

interface LogActionsProps {
  build: BuildDetail;
  store: LogStore;
  isFollowing: boolean;
  /** Null where there is nothing to follow any more. */
  onFollow: ((isFollowing: boolean) => void) | null;
}

/** What can be done with a log as a whole. */
export function LogActions({ build, store, isFollowing, onFollow }: LogActionsProps) {
  return (
    <>
      {onFollow && (
        <button
          type="button"
          className={`btn btn-sm btn-outline-secondary ${isFollowing ? "active" : ""}`}
          aria-pressed={isFollowing}
          onClick={() => onFollow(!isFollowing)}
        >
          {t.builds.log.follow}
        </button>
      )}
      <CopyButton label={t.builds.log.copy} text={() => Promise.resolve(store.text())} />
      <a
        className="btn btn-sm btn-outline-secondary"
        href={addressOf(`api/builds/${build.id}/log`)}
        download={`${build.environment}-build-${build.id}.log`}
      >
        {t.builds.log.download}
        <span className="visually-hidden"> {t.builds.log.downloadName}</span>
      </a>
    </>
  );
}
