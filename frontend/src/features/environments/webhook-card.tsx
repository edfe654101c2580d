import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { t } from "../../i18n";
import { ErrorAlert } from "../../ui/alert";
import { CopyField } from "./copy-field";
import { useNewSecret } from "./mutations";
import { webhookQuery } from "./queries";

/** What is entered at a forge; asked for, and shown, only when somebody wants to see it. */
export function WebhookCard({ name }: { name: string }) {
  const { webhook } = t.environments;
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details className="card" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary className="card-header h5 mb-0">{webhook.title}</summary>
      <div className="card-body">
        <p>{webhook.explained}</p>
        {isOpen && <AddressAndSecret name={name} />}
      </div>
    </details>
  );
}

function AddressAndSecret({ name }: { name: string }) {
  const { webhook } = t.environments;
  const { data, error, isPending, refetch } = useQuery(webhookQuery(name));
  const renewal = useNewSecret(name);
  return (
    <>
      {isPending && <p role="status">{webhook.loading}</p>}
      {error && <ErrorAlert error={error} onRetry={() => void refetch()} />}
      {data && (
        <>
          <CopyField label={webhook.address} text={data.url} copyLabel={webhook.copyAddress} />
          <CopyField label={webhook.secret} text={data.secret} copyLabel={webhook.copySecret} />
        </>
      )}
      {renewal.error && <ErrorAlert error={renewal.error} />}
      {!isPending && (
        <>
          <button
            type="button"
            className="btn btn-sm btn-outline-secondary"
            disabled={renewal.isPending}
            aria-describedby="renew-hint"
            onClick={() => renewal.mutate()}
          >
            {renewal.isPending ? webhook.renewing : webhook.renew}
          </button>
          <div className="form-text" id="renew-hint">
            {webhook.renewHint}
          </div>
        </>
      )}
    </>
  );
}
