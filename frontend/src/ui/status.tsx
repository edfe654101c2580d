import type { BuildStatus, EnvironmentStatus } from "../api/schema";
import { t } from "../i18n";

type Status = BuildStatus | EnvironmentStatus;

/** Colour and sign of each status; the word says the same. */
const LOOKS: Record<Status, [colour: string, sign: string]> = {
  queued: ["secondary", "…"],
  fetching: ["info", "↻"],
  pulling: ["info", "↻"],
  building: ["info", "↻"],
  checking: ["info", "↻"],
  pushing: ["info", "↻"],
  built: ["success", "✓"],
  ready: ["success", "✓"],
  unpublished: ["info", "◌"],
  failed: ["danger", "✕"],
  cancelled: ["secondary", "–"],
};

/** `text` is for where the word of the status would be of another gender. */
export function StatusBadge({ status, text }: { status: Status; text?: string }) {
  const [colour, sign] = LOOKS[status];
  return (
    <span className={`badge text-bg-${colour}`} data-status={status}>
      <span aria-hidden="true">{sign} </span>
      {text ?? t.status[status]}
    </span>
  );
}

/** Whether a build goes on. */
export function isActive(status: BuildStatus): boolean {
  return status !== "built" && status !== "failed" && status !== "cancelled";
}
