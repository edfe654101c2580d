import { Link } from "wouter";

import { mayManage } from "../../api/page";
import type { Environment } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { Alert } from "../../ui/alert";
import { StatusBadge } from "../../ui/status";

/** Says that there is nothing to launch yet; the stream of changes tells when there is. */
export function NotBuilt({ environment }: { environment: Environment }) {
  const { status, owner } = environment;
  const build = status === "unpublished" ? environment.waiting_build : environment.last_build;
  const words = t.launch.notBuilt;
  return (
    <Alert kind={status === "failed" ? "warning" : "info"}>
      <p>
        <StatusBadge status={status} />
      </p>
      <p>{status === "ready" ? words.none : words[status]}</p>
      {mayManage(environment) ? (
        build && (
          <Link className="btn btn-sm btn-primary" href={paths.build(build.id)}>
            {words.seeBuild}
          </Link>
        )
      ) : (
        <p className="mb-0">{words.askOwner(owner)}</p>
      )}
    </Alert>
  );
}
