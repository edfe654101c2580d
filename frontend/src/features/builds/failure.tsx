import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "wouter";

import { mayManage } from "../../api/page";
import type { Build, Environment } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { ErrorAlert } from "../../ui/alert";
import { refName } from "../environments/source";
import { useRebuild } from "./mutations";
import { buildQuery } from "./queries";
import { Restore } from "./restore";

interface FailureProps {
  build: Build;
  environment: Environment | undefined;
}

/** Why a build came to nothing, and the ways on. */
export function Failure({ build, environment }: FailureProps) {
  if (build.status !== "failed" && build.status !== "cancelled") return null;
  const hasFailed = build.status === "failed";
  const sentence = build.error ?? (hasFailed ? t.builds.failed : t.builds.wasCancelled);
  return (
    <div className={`alert alert-${hasFailed ? "danger" : "secondary"}`}>
      <p className={`text-break ${hasFailed ? "fs-5" : ""}`}>{sentence}</p>
      {environment && <WaysOn build={build} environment={environment} />}
    </div>
  );
}

function WaysOn({ build, environment }: { build: Build; environment: Environment }) {
  const [, navigate] = useLocation();
  const rebuild = useRebuild(environment.name);
  const origin = useQuery({
    ...buildQuery(build.origin_build ?? 0),
    enabled: build.origin_build != null,
  });
  const last = environment.last_build;
  if (last && last.id > build.id) {
    return (
      <Link className="alert-link" href={paths.build(last.id)}>
        {t.builds.later(last.id)}
      </Link>
    );
  }
  if (!mayManage(environment) || origin.isLoading) return null;
  const className = `btn btn-sm ${build.status === "failed" ? "btn-danger" : "btn-secondary"}`;
  // A plain rebuild of its commit would be what users get.
  if (origin.data?.environment === build.environment) {
    return (
      <div className="d-flex flex-wrap align-items-center gap-2">
        <Restore build={origin.data} {...{ environment, className }} hasHint />
      </div>
    );
  }
  const again =
    environment.image || build.ref === environment.ref
      ? t.builds.retry
      : t.builds.retryWith(refName(build.ref));
  return (
    <>
      {rebuild.error && <ErrorAlert error={rebuild.error} />}
      <div className="d-flex flex-wrap align-items-center gap-2">
        <button
          type="button"
          className={className}
          disabled={rebuild.isPending}
          onClick={() =>
            rebuild.mutate(
              {
                no_cache: build.no_cache ?? false,
                // An image has none that could be asked for.
                ...(!environment.image && { ref: build.ref }),
              },
              { onSuccess: (next) => navigate(paths.build(next.id)) },
            )
          }
        >
          {rebuild.isPending ? t.builds.retrying : again}
        </button>
        <Link className="alert-link" href={paths.edit(environment.name)}>
          {t.builds.change}
        </Link>
      </div>
    </>
  );
}
