import { useEffect, useRef } from "react";

import { t } from "../../../i18n";
import { Alert } from "../../../ui/alert";

interface NotQueuedProps {
  error: Error;
  isPending: boolean;
  onRetry: () => void;
}

/** That half of what was asked is done. */
export function NotQueued({ error, isPending, onRetry }: NotQueuedProps) {
  const texts = t.environments.form.edit;
  const button = useRef<HTMLButtonElement>(null);
  // The button that was pressed is no longer there.
  useEffect(() => button.current?.focus(), [error]);
  return (
    <Alert kind="danger">
      <p className="mb-2">{texts.notQueued(error.message)}</p>
      <button
        type="button"
        ref={button}
        className="btn btn-sm btn-outline-danger"
        disabled={isPending}
        onClick={onRetry}
      >
        {isPending ? texts.rebuilding : texts.rebuild}
      </button>
    </Alert>
  );
}
