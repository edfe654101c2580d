import { useQueryClient } from "@tanstack/react-query";

import { t } from "../../i18n";
import { ErrorAlert } from "../../ui/alert";
import { ProgressBar } from "../../ui/progress";
import { titleOf } from "./names";
import { begin, cancel, type Start } from "./starts";

interface StartProgressProps {
  start: Start;
  /** Called when the person gives up. */
  onCancel?: () => void;
  /** Called when the person has read why it failed. */
  onDismiss?: () => void;
}

/** How far a start is, with a way to cancel it; or why it failed, with a way to try again. */
export function StartProgress({ start, onCancel, onDismiss }: StartProgressProps) {
  const client = useQueryClient();
  if (start.phase === "failed") return <Failure start={start} onDismiss={onDismiss} />;
  const isCancelling = start.phase === "cancelling";
  const words = start.message || t.servers.asking;
  return (
    <>
      <ProgressBar
        label={t.servers.starting(start.label)}
        value={start.progress}
        total={start.progress > 0 ? 100 : null}
      />
      <div className="d-flex flex-wrap align-items-center gap-2 mt-2">
        <span className="me-auto text-break" role="status">
          {isCancelling ? t.servers.cancelling : words}
        </span>
        {start.phase !== "ready" && (
          <button
            type="button"
            className="btn btn-sm btn-outline-secondary"
            disabled={isCancelling}
            onClick={() => {
              onCancel?.();
              void cancel(client, start);
            }}
          >
            {t.servers.cancelStart}
            <span className="visually-hidden"> ({titleOf(start.serverName)})</span>
          </button>
        )}
      </div>
    </>
  );
}

interface FailureProps {
  start: Start;
  onDismiss: (() => void) | undefined;
}

function Failure({ start, onDismiss }: FailureProps) {
  const client = useQueryClient();
  const { environment, build, profile, ownSize, serverName: server_name, label } = start;
  const ofServer = <span className="visually-hidden"> ({titleOf(server_name)})</span>;
  return (
    <>
      <ErrorAlert error={start.error ?? new Error(t.servers.failedUnknown)} />
      <div className="d-flex flex-wrap gap-2">
        {environment !== null && (
          <button
            type="button"
            className="btn btn-sm btn-primary"
            onClick={() =>
              begin(client, { environment, build, profile, ...ownSize, server_name }, label)
            }
          >
            {t.servers.retry}
            {ofServer}
          </button>
        )}
        {onDismiss && (
          <button type="button" className="btn btn-sm btn-outline-secondary" onClick={onDismiss}>
            {t.actions.dismiss}
            {ofServer}
          </button>
        )}
      </div>
    </>
  );
}
