import { t } from "../../i18n";

/** From here on, a person should know before the engine ends the server. */
const ALMOST = 0.9;

interface UsageProps {
  label: string;
  used: number | null;
  limit: number | null;
  format: (amount: number) => string;
  /** How the first one of two amounts is written, where the second one has the unit. */
  formatUsed?: (amount: number) => string;
  /** What is said where nearly all of it is used. */
  warning?: string;
}

/** How much of something a server uses: in words, and as a bar where there is a limit. */
export function Usage({ label, used, limit, format, formatUsed = format, warning }: UsageProps) {
  if (used === null) return null;
  const share = limit ? Math.min(1, used / limit) : null;
  const isAlmostFull = share !== null && share >= ALMOST;
  return (
    <div className="mb-2">
      <div className="d-flex flex-wrap justify-content-between column-gap-2 small">
        <span>{label}</span>
        <span>
          {limit === null ? format(used) : t.servers.used(formatUsed(used), format(limit))}
        </span>
      </div>
      {share !== null && (
        <div className="progress envbuilder-usage" aria-hidden="true">
          <div
            className={`progress-bar ${isAlmostFull && warning ? "bg-danger" : ""}`}
            style={{ width: `${100 * share}%` }}
          />
        </div>
      )}
      {isAlmostFull && warning && <div className="small">{warning}</div>}
    </div>
  );
}
