import type { Build } from "../../api/schema";
import { t } from "../../i18n";
import { ProgressBar } from "../../ui/progress";
import { isActive } from "../../ui/status";
import { Elapsed } from "../../ui/time";

/** How far a build is that waits or runs; nothing once it has ended. */
export function BuildProgress({ build, label }: { build: Build; label: string }) {
  if (!isActive(build.status)) return null;
  if (build.position != null) {
    return <div className="small mt-1">{t.step.position(build.position)}</div>;
  }
  const { progress, started_at: startedAt } = build;
  return (
    <div className="small mt-1 envbuilder-progress">
      <div className="d-flex column-gap-2">
        {progress && (
          <span className="me-auto">
            {progress.total == null
              ? t.environments.status.step(progress.step)
              : t.step.of(progress.step, progress.total)}
          </span>
        )}
        {startedAt && <Elapsed from={startedAt} />}
      </div>
      <ProgressBar
        label={t.environments.status.progress(label)}
        value={progress ? progress.step - 1 : undefined}
        total={progress?.total}
      />
      {progress && (
        <div className="text-truncate text-body-secondary" title={progress.name}>
          {progress.name}
        </div>
      )}
    </div>
  );
}
