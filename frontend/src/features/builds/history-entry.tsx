import { Link } from "wouter";

import type { Build, Environment } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { formatBytes, formatDuration } from "../../i18n/format";
import { StatusBadge } from "../../ui/status";
import { RelativeTime } from "../../ui/time";
import { BuildOffers } from "./build-offers";
import { offersOf } from "./offers";
import { whyOf } from "./why";

interface HistoryEntryProps {
  build: Build;
  environment: Environment;
  isShown: boolean;
  /** Called when the build is current, and its button gone. */
  onDone: () => void;
}

/** One build of a history, with ways to its log, to a server of it, and to make it current. */
export function HistoryEntry({ build, environment, isShown, onDone }: HistoryEntryProps) {
  const isCurrent = environment.current_build?.id === build.id;
  const words = t.builds;
  return (
    <li className="list-group-item" aria-current={isShown ? "true" : undefined}>
      <div className="d-flex flex-wrap align-items-center column-gap-2 row-gap-1">
        <span className="fw-semibold">{words.number(build.id)}</span>
        <StatusBadge status={build.status} />
        {isCurrent && <span className="badge text-bg-primary">{words.history.current}</span>}
        {build.status === "built" && !build.published_at && (
          <span className="badge text-bg-info">{t.status.unpublished}</span>
        )}
        {build.resolved_ref && <code>{build.resolved_ref.slice(0, 7)}</code>}
        <span className="ms-auto d-flex flex-wrap gap-2">
          {!isCurrent && (
            <BuildOffers
              build={build}
              environment={environment}
              offers={offersOf(build, environment)}
              isSmall
              onDone={onDone}
            />
          )}
          {isShown ? (
            <span className="text-body-secondary">{words.history.shown}</span>
          ) : (
            <Link className="btn btn-sm btn-outline-secondary" href={paths.build(build.id)}>
              {words.history.openLog}
              <span className="visually-hidden"> {words.history.ofBuild(build.id)}</span>
            </Link>
          )}
        </span>
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
      {build.image_removed_at && !build.registry_image ? (
        <span>{words.imageRemoved}</span>
      ) : (
        build.image_size && <span>{formatBytes(build.image_size)}</span>
      )}
      {build.error && <span className="text-break">{build.error}</span>}
    </div>
  );
}
