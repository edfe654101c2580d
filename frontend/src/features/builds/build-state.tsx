import { useQuery } from "@tanstack/react-query";

import type { Build, BuildDetail } from "../../api/schema";
import { t } from "../../i18n";
import { useNow } from "../../ui/clock";
import { isActive, StatusBadge } from "../../ui/status";
import { Elapsed } from "../../ui/time";
import { formatRoughly, usualDuration } from "./estimate";
import { buildsQuery } from "./queries";

/** How far a build is, since when, and how long it may still take. */
export function BuildState({ build }: { build: BuildDetail }) {
  const { status, progress, position, started_at, finished_at } = build;
  return (
    <div className="d-flex flex-wrap align-items-center column-gap-3 row-gap-1 me-auto">
      <StatusBadge status={status} />
      {progress && (
        <span className="text-break">
          {progress.total
            ? t.builds.stepNamed(t.step.of(progress.step, progress.total), progress.name)
            : progress.name}
        </span>
      )}
      {position && <span>{t.step.position(position)}</span>}
      {started_at && (
        <span className="text-body-secondary">
          {isActive(status) ? t.builds.running : t.builds.took}{" "}
          <Elapsed from={started_at} to={finished_at ?? null} />
        </span>
      )}
      {isActive(status) && <Remaining build={build} />}
    </div>
  );
}

/** How long the build may still take, as far as earlier ones tell. */
function Remaining({ build }: { build: Build }) {
  const { data } = useQuery(buildsQuery(build.environment));
  const now = useNow("second");
  const usual = usualDuration(data?.items ?? [], build);
  if (usual === undefined) return null;
  const words = t.builds.remaining;
  const left = build.started_at ? usual - (now - Date.parse(build.started_at)) : undefined;
  return (
    <span className="text-body-secondary">
      {left === undefined
        ? words.usual(formatRoughly(usual))
        : left > 0
          ? words.left(formatRoughly(left))
          : words.longer(formatRoughly(usual))}
    </span>
  );
}
