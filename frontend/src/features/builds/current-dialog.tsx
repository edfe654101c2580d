import type { Build, Environment } from "../../api/schema";
import { t } from "../../i18n";
import { ErrorAlert } from "../../ui/alert";
import { Dialog } from "../../ui/dialog";
import { notify } from "../../ui/notices";
import { type Change, useMakeCurrent } from "./mutations";
import { Warnings } from "./warnings";

interface CurrentDialogProps {
  change: Change;
  build: Build;
  environment: Environment;
  onClose: () => void;
  onDone: () => void;
}

/** Says what it means that users get another build, before they do. */
export function CurrentDialog({ change, build, environment, onClose, onDone }: CurrentDialogProps) {
  const words = t.builds[change];
  const makeCurrent = useMakeCurrent(environment.name, change, (id) => {
    notify(words.done(id, environment.display_name));
    onDone();
  });
  return (
    <Dialog
      title={words.title(build.id)}
      onClose={onClose}
      footer={
        <button
          type="button"
          className="btn btn-primary"
          disabled={makeCurrent.isPending}
          onClick={() => makeCurrent.mutate(build.id)}
        >
          {makeCurrent.isPending ? words.busy : words.confirm(build.id)}
        </button>
      }
    >
      <p>{words.text(build.id, environment.display_name)}</p>
      {environment.current_build && <p>{words.back}</p>}
      <Warnings build={build} />
      {makeCurrent.error && <ErrorAlert error={makeCurrent.error} />}
    </Dialog>
  );
}
