import { ApiError, type FieldError } from "../../../api/errors";
import { t } from "../../../i18n";
import { page } from "../../../api/page";
import { Alert } from "../../../ui/alert";

interface FailureProps {
  /** Why it was not done, unless that is said beside fields. */
  error: Error | null;
  placed: readonly FieldError[];
}

/** That nothing was done, why, and how to go on. */
export function Failure({ error, placed }: FailureProps) {
  const { errors } = t.environments.form;
  if (placed.length > 0) return <Alert kind="danger">{errors.summary(placed.length)}</Alert>;
  if (error instanceof ApiError && error.isSignedOut) {
    return (
      <Alert kind="danger">
        <p className="mb-2">{errors.signedOut}</p>
        <a
          className="btn btn-sm btn-primary"
          href={`${page.hub}login?${new URLSearchParams({ next: page.prefix })}`}
          target="_blank"
          rel="noreferrer"
        >
          {errors.logIn}
        </a>
      </Alert>
    );
  }
  if (!error) return null;
  return (
    <Alert kind="danger">
      <p className="mb-1">{error.message}</p>
      <p className="mb-0">{errors.kept}</p>
    </Alert>
  );
}
