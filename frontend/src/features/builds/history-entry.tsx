import { Link } from "wouter";

import type { Build, Environment } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { formatBytes, formatDuration } from "../../i18n/format";
import { Hidden } from "../../ui/hidden";
import { StatusBadge } from "../../ui/status";
import { RelativeTime } from "../../ui/time";
import { BuildOffers } from "./build-offers";
import { isGone, offersOf } from "./offers";
import { whyOf } from "./why";

interface HistoryEntryProps {
  build: Build;
  environment: Environment;
  isShown: boolean;
  /** Whether the page offers servers of it and its publication already. */
  isAbove: boolean;
  /** Called when the build is current, and its button gone. */
  onDone: () => void;
}

/** One build of a history, with ways to its log, to a server of it, and to make it current. */
export function HistoryEntry(props: HistoryEntryProps) {
  const { build, environment, isShown, isAbove, onDone } = props;
  const isCurrent = environment.current_build?.id === build.id;
  const offers = offersOf(build, environment).filter((each) => !isAbove || each === "rollback");
  const words = t.builds;
  return (
    <li className="list-group-item" aria-current={isShown ? "true" : undefined}>
      <div className="d-flex flex-wrap align-items-center column-gap-2 row-gap-1">
        <span className="fw-semibold">{words.number(build.id)}</span>
        <StatusBadge status={build.status} />
        {isCurrent && <span className="badge text-bg-primary">{words.history.current}</span>}
        {build.status === "built" && !build.published_at && (
          <StatusBadge status="unpublished" text={words.history.unpublished} />
        )}
        {build.resolved_ref && <code>{build.resolved_ref.slice(0, 7)}</code>}
        <div className="ms-auto d-flex flex-wrap align-items-center gap-2">
          {!isCurrent && <BuildOffers {...{ build, environment, offers, onDone }} isSmall />}
          {isShown ? (
            <span className="text-body-secondary">{words.history.shown}</span>
          ) : (
            <Link className="btn btn-sm btn-outline-secondary" href={paths.build(build.id)}>
              {words.history.openLog}
              <Hidden>{words.history.ofBuild(build.id)}</Hidden>
            </Link>
          )}
        </div>
      </div>
      <Details build={build} />
    </li>
  );
}

function Details({ build }: { build: Build }) {
  const words = t.builds.history;
  const { started_at, finished_at } = build;
  return (
    <div className="d-flex flex-wrap column-gap-3 small text-body-secondary">
      <span>{whyOf(build)}</span>
      <RelativeTime at={build.created_at} />
      {started_at && finished_at && (
        <span>
          {words.lasted(formatDuration(Date.parse(finished_at) - Date.parse(started_at)))}
        </span>
      )}
      {isGone(build) ? (
        <span>{words.imageRemoved}</span>
      ) : (
        build.image_size && <span>{formatBytes(build.image_size)}</span>
      )}
      {build.error && <span className="text-break">{build.error}</span>}
    </div>
  );
}
