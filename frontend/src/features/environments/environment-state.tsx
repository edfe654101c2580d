import { Link } from "wouter";

import type { BuildStatus, Environment, EnvironmentStatus } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { isActive, StatusBadge } from "../../ui/status";
import { BuildProgress } from "./build-progress";

/** What can be said of an environment: whether it can be used, and what its last build came to. */
export function statesOf(environment: Environment): (BuildStatus | EnvironmentStatus)[] {
  const { current_build: current, last_build: last, waiting_build: waiting } = environment;
  const built: EnvironmentStatus[] = current ? ["ready"] : waiting ? ["unpublished"] : [];
  if (last && isActive(last.status)) return [...built, last.status];
  return built.length > 0 ? built : [last?.status ?? environment.status];
}

/** The state in words, also heard when it changes, and how far a build is. */
export function EnvironmentState({ environment }: { environment: Environment }) {
  const { current_build: current, last_build: last, waiting_build: waiting } = environment;
  const label = environment.display_name;
  const hasFailed = last?.status === "failed";
  return (
    <>
      <div role="status" className="d-flex flex-wrap gap-1">
        <span className="visually-hidden">{t.environments.status.of(label)}</span>
        {statesOf(environment).map((status) => (
          <StatusBadge key={status} status={status} />
        ))}
        {hasFailed && (current ?? waiting) && (
          <span className="badge text-bg-warning">{t.environments.status.lastFailed}</span>
        )}
        {current && waiting && (
          <span className="badge text-bg-info">{t.environments.status.newWaits}</span>
        )}
      </div>
      {last && <BuildProgress build={last} label={label} />}
      {hasFailed && last.error && (
        <div className="small mt-1 text-break envbuilder-clamped" title={last.error}>
          {last.error}
        </div>
      )}
    </>
  );
}

interface LogLinkProps {
  environment: Environment;
  className: string;
}

/** The log of an environment's last build. */
export function LogLink({ environment, className }: LogLinkProps) {
  const { last_build: last, display_name: label } = environment;
  if (!last) return null;
  return (
    <Link href={paths.build(last.id)} className={className}>
      {t.environments.actions.log}
      <span className="visually-hidden"> {label}</span>
    </Link>
  );
}
