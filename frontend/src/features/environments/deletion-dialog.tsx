import { useQuery } from "@tanstack/react-query";

import { page } from "../../api/page";
import type { Environment, RemovalPreview } from "../../api/schema";
import { t } from "../../i18n";
import { formatBytes } from "../../i18n/format";
import { ErrorAlert } from "../../ui/alert";
import { Dialog } from "../../ui/dialog";
import { useDelete } from "./mutations";
import { removalQuery } from "./queries";

interface DeletionDialogProps {
  environment: Environment;
  onClose: () => void;
  /** Called when the environment is no longer there. */
  onGone: () => void;
}

/** Says what a deletion removes and what is in its way, and does it. */
export function DeletionDialog({ environment, onClose, onGone }: DeletionDialogProps) {
  const { deletion } = t.environments;
  const { name, display_name: label } = environment;
  const removal = useQuery(removalQuery(name));
  const remove = useDelete(environment, onGone);
  const isForced = page.user.admin && (removal.data?.servers.length ?? 0) > 0;
  const submit = isForced ? deletion.submitForced(label) : deletion.submit(label);
  return (
    <Dialog
      title={deletion.title(label)}
      onClose={onClose}
      footer={
        <button
          type="button"
          className="btn btn-danger text-break"
          disabled={removal.isPending || remove.isPending}
          onClick={() => remove.mutate({ force: isForced })}
        >
          {remove.isPending ? deletion.submitting : submit}
        </button>
      }
    >
      {remove.error && <ErrorAlert error={remove.error} />}
      {removal.isPending && <p role="status">{deletion.looking}</p>}
      {removal.error && !remove.error && (
        <ErrorAlert error={removal.error} onRetry={() => void removal.refetch()} />
      )}
      {removal.data && <WhatItRemoves removal={removal.data} />}
    </Dialog>
  );
}

function WhatItRemoves({ removal }: { removal: RemovalPreview }) {
  const { deletion } = t.environments;
  const { builds, images, image_size: size, registry, servers } = removal;
  return (
    <>
      <p>{deletion.removes(builds, images, formatBytes(size))}</p>
      {registry && (
        <p className="text-break">
          {registry.removed
            ? deletion.pushedGoes(registry.images)
            : deletion.pushedStays(registry.images, registry.name)}
        </p>
      )}
      <p className={servers.length > 0 ? "" : "mb-0"}>{deletion.stays}</p>
      {servers.length > 0 && (
        <>
          <p className="mb-1">{deletion.servers(servers.length)}</p>
          <ul>
            {servers.map(({ user, server_name: server }) => (
              <li key={`${user}/${server}`}>{server ? deletion.server(user, server) : user}</li>
            ))}
          </ul>
          <p className="mb-0">{page.user.admin ? deletion.forced : deletion.ask}</p>
        </>
      )}
    </>
  );
}
