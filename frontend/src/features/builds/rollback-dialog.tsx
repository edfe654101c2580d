import type { Build, Environment } from "../../api/schema";
import { t } from "../../i18n";
import { ErrorAlert } from "../../ui/alert";
import { Dialog } from "../../ui/dialog";
import { notify } from "../../ui/notices";
import { useRollback } from "./mutations";

interface RollbackDialogProps {
  build: Build;
  environment: Environment;
  onClose: () => void;
  onDone: () => void;
}

/** Says what rolling back means before it is done. */
export function RollbackDialog({ build, environment, onClose, onDone }: RollbackDialogProps) {
  const rollback = useRollback(environment.name);
  const words = t.builds.rollback;
  return (
    <Dialog
      title={words.title(build.id)}
      onClose={onClose}
      footer={
        <button
          type="button"
          className="btn btn-primary"
          disabled={rollback.isPending}
          onClick={() =>
            rollback.mutate(build.id, {
              onSuccess: () => {
                notify(words.done(build.id, environment.display_name));
                onDone();
              },
            })
          }
        >
          {rollback.isPending ? words.busy : words.confirm(build.id)}
        </button>
      }
    >
      <p>{words.text(build.id, environment.display_name)}</p>
      {environment.current_build && <p>{words.back}</p>}
      {rollback.error && <ErrorAlert error={rollback.error} />}
    </Dialog>
  );
}
