import type { ReactNode } from "react";

import { ApiError } from "../api/errors";
import { page } from "../api/page";
import { t } from "../i18n";

type Kind = "danger" | "warning" | "info" | "success";

export function Alert({ kind = "info", children }: { kind?: Kind; children: ReactNode }) {
  return (
    <div className={`alert alert-${kind}`} role={kind === "danger" ? "alert" : "status"}>
      {children}
    </div>
  );
}

/** What went wrong, in the server's own sentence, and what to do about it. */
export function ErrorAlert({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const signedOut = error instanceof ApiError && error.isSignedOut;
  return (
    <Alert kind="danger">
      <p className="mb-2 envbuilder-pre-line">{signedOut ? t.errors.signedOut : error.message}</p>
      {signedOut ? (
        <a className="btn btn-sm btn-primary" href={loginAddress()}>
          {t.errors.logIn}
        </a>
      ) : (
        onRetry && (
          <button type="button" className="btn btn-sm btn-outline-danger" onClick={onRetry}>
            {t.errors.retry}
          </button>
        )
      )}
    </Alert>
  );
}

/** The Hub's login, and back to this page. */
function loginAddress(): string {
  const here = location.pathname + location.search;
  return `${page.hub}login?${new URLSearchParams({ next: here })}`;
}
