import { Link } from "wouter";

import { mayManage } from "../../api/page";
import type { Build, Environment } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { ErrorAlert } from "../../ui/alert";
import { notify } from "../../ui/notices";
import { isActive } from "../../ui/status";
import { BuildOffers } from "./build-offers";
import { useCancel } from "./mutations";
import { offersOf } from "./offers";

interface BuildActionsProps {
  build: Build;
  environment: Environment;
  /** Called before the button goes away that has the focus. */
  onDone: () => void;
}

/** Stops a build that goes on; starts a server from one that has ended well. */
export function BuildActions({ build, environment, onDone }: BuildActionsProps) {
  const cancel = useCancel(environment.name);
  if (environment.current_build?.id === build.id) {
    return (
      <Link className="btn btn-primary" href={paths.launch(environment.name)}>
        {t.builds.start}
        <span className="visually-hidden"> {t.builds.startName(environment.display_name)}</span>
      </Link>
    );
  }
  if (!isActive(build.status)) {
    // To be rolled back to it is offered in the history, between those before and after.
    const offers = offersOf(build, environment).filter((each) =>
      ["start", "restore"].includes(each),
    );
    return <BuildOffers {...{ build, environment, offers, onDone }} />;
  }
  if (!mayManage(environment)) return null;
  return (
    <>
      <button
        type="button"
        className="btn btn-outline-danger"
        disabled={cancel.isPending}
        onClick={() =>
          cancel.mutate(build.id, {
            onSuccess: () => {
              notify(t.builds.cancelled(build.id));
              onDone();
            },
          })
        }
      >
        {cancel.isPending ? t.builds.cancelling : t.builds.cancel}
      </button>
      {cancel.error && (
        <div className="w-100">
          <ErrorAlert error={cancel.error} />
        </div>
      )}
    </>
  );
}
