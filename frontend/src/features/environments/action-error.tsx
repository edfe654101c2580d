import { ApiError } from "../../api/errors";
import { t } from "../../i18n";
import { Alert, ErrorAlert } from "../../ui/alert";
import type { BuildActions } from "./use-build-actions";

/** Why something was not done with an environment's builds. */
export function ActionError({ builds: { error, forget } }: { builds: BuildActions }) {
  if (!error) return null;
  if (error instanceof ApiError && error.isSignedOut) return <ErrorAlert error={error} />;
  return (
    <Alert kind="danger">
      <p className="mb-2">{error.message}</p>
      <button type="button" className="btn btn-sm btn-outline-danger" onClick={forget}>
        {t.actions.dismiss}
      </button>
    </Alert>
  );
}
