import { type ReactNode, useId } from "react";
import { Link } from "wouter";

import type { ServerDetail } from "../../api/schema";
import { paths } from "../../app/navigation";
import { language, t } from "../../i18n";
import { formatBytes, formatSize } from "../../i18n/format";
import { ErrorAlert } from "../../ui/alert";
import { RelativeTime } from "../../ui/time";
import { useRestart, useStop } from "./mutations";
import { titleOf } from "./names";
import { ServerState } from "./server-state";
import { Usage } from "./usage";

interface ServerCardProps {
  server: ServerDetail;
  /** Called before the card goes away with what has the focus. */
  onLeave: () => void;
}

/** A server, what it runs and uses, and what can be done with it. */
export function ServerCard({ server, onLeave }: ServerCardProps) {
  const heading = useId();
  const title = titleOf(server.server_name);
  return (
    <article className="card" aria-labelledby={heading}>
      <div className="card-body">
        <div className="d-flex flex-wrap align-items-center gap-2 mb-3">
          <h2 className="h5 mb-0 text-break" id={heading}>
            {title}
          </h2>
          <ServerState server={server} />
          <ServerActions server={server} title={title} onLeave={onLeave} />
        </div>
        {server.is_test && (
          <p className="alert alert-warning py-2">
            {t.servers.test}{" "}
            {server.build !== null && (
              <Link className="alert-link" href={paths.build(server.build)}>
                {t.builds.unpublished.see(server.build)}
              </Link>
            )}
          </p>
        )}
        {server.outdated && <p className="alert alert-info py-2">{t.servers.outdated}</p>}
        <div className="row">
          <div className="col-md-7">
            <WhatItRuns server={server} />
          </div>
          <div className="col-md-5">
            <Usage
              label={t.servers.memory}
              used={server.memory_used}
              limit={server.mem_limit}
              format={formatBytes}
              warning={t.servers.almostFull}
            />
            <Usage
              label={t.servers.cpu}
              used={server.cpu_used}
              limit={server.cpu_limit}
              format={(cores) => t.size.cores(rounded(cores))}
              formatUsed={(cores) => new Intl.NumberFormat(language).format(rounded(cores))}
            />
          </div>
        </div>
      </div>
    </article>
  );
}

function rounded(cores: number): number {
  return Math.round(100 * cores) / 100;
}

function ServerActions({ server, title, onLeave }: ServerCardProps & { title: string }) {
  const stop = useStop(server.server_name);
  const restart = useRestart(server);
  const isBusy = stop.isPending || restart.isPending || server.pending === "stop";
  const error = stop.error ?? restart.error;
  const { environment: name, display_name: label } = server;
  const ofServer = <span className="visually-hidden"> {title}</span>;
  return (
    <>
      <div className="d-flex flex-wrap gap-2 ms-sm-auto">
        {server.ready && !isBusy && (
          <a className="btn btn-sm btn-primary" href={server.url}>
            {t.servers.open}
            {ofServer}
          </a>
        )}
        {name !== null && label !== null && (
          <button
            type="button"
            className="btn btn-sm btn-outline-secondary"
            disabled={isBusy}
            onClick={() => {
              stop.reset();
              restart.mutate({ name, label }, { onSuccess: onLeave });
            }}
          >
            {restart.isPending ? t.servers.restarting : t.servers.restart}
            {ofServer}
          </button>
        )}
        <button
          type="button"
          className="btn btn-sm btn-outline-danger"
          disabled={isBusy}
          onClick={() => {
            restart.reset();
            stop.mutate(undefined, { onSuccess: onLeave });
          }}
        >
          {stop.isPending ? t.servers.stopping : t.servers.stop}
          {ofServer}
        </button>
      </div>
      {error && (
        <div className="w-100">
          <ErrorAlert error={error} />
        </div>
      )}
    </>
  );
}

function WhatItRuns({ server }: { server: ServerDetail }) {
  const { chosen_build: chosen, is_test: isTest } = server;
  const isChosen = chosen !== null && chosen === server.build && !isTest;
  const facts: [string, ReactNode][] = [
    [t.servers.environment, <EnvironmentOf key="" server={server} />],
    [t.servers.machine, server.own_size ? formatSize(server.own_size) : server.profile],
    [t.servers.startedFrom, isChosen && <Chosen key="" build={chosen} />],
    [t.servers.commit, server.resolved_ref && <code>{server.resolved_ref.slice(0, 7)}</code>],
    [t.servers.startedAt, server.started_at && <RelativeTime at={server.started_at} />],
    [t.servers.lastActivity, server.last_activity && <RelativeTime at={server.last_activity} />],
  ];
  return (
    <dl className="row mb-0 small">
      {facts.map(
        ([label, value]) =>
          value && (
            <div className="col-12 d-flex flex-wrap column-gap-2" key={label}>
              <dt className="fw-normal text-body-secondary">{label}</dt>
              <dd className="mb-1 text-break">{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function Chosen({ build }: { build: number }) {
  return (
    <>
      <Link href={paths.build(build)}>{t.builds.number(build)}</Link>
      {t.servers.chosen}
    </>
  );
}

function EnvironmentOf({ server }: { server: ServerDetail }) {
  if (server.environment === null) return t.servers.none;
  if (server.display_name === null) return t.servers.hidden(server.environment);
  return <Link href={paths.environment(server.environment)}>{server.display_name}</Link>;
}
