import { ApiError } from "../../api/errors";
import type { Environment } from "../../api/schema";
import { t } from "../../i18n";
import { notify } from "../../ui/notices";
import { useCancel, useRebuild } from "../builds/mutations";

/** What can be done at once with an environment's builds, and what came of it. */
export function useBuildActions({ name, display_name: label, last_build: last }: Environment) {
  const rebuild = useRebuild(name);
  const cancel = useCancel(name);

  /** What is shown beside an environment goes with it; the notice stays. */
  function tell(done: Promise<unknown>, notice: string) {
    done.then(
      () => notify(notice),
      (error: unknown) => {
        if (error instanceof ApiError && error.status === 404) notify(error.message);
      },
    );
  }

  function forget() {
    rebuild.reset();
    cancel.reset();
  }

  return {
    isRebuilding: rebuild.isPending,
    isCancelling: cancel.isPending,
    error: rebuild.error ?? cancel.error,
    forget,
    rebuild: () => {
      forget();
      tell(rebuild.mutateAsync({}), t.environments.actions.queued(label));
    },
    cancel: () => {
      if (!last) return;
      forget();
      tell(cancel.mutateAsync(last.id), t.environments.actions.cancelled(label));
    },
  };
}

export type BuildActions = ReturnType<typeof useBuildActions>;
