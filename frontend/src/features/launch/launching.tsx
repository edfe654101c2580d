import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { Link } from "wouter";

import type { Environment } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { ErrorAlert } from "../../ui/alert";
import { titleOf } from "../servers/names";
import { watchedServersQuery } from "../servers/queries";
import { StartProgress } from "../servers/start-progress";
import { begin, forget, join, type Start, startsQuery } from "../servers/starts";
import type { Launch } from "./address";
import { decide, type Decision } from "./decision";
import { leaveFor } from "./leave";
import { OtherServer } from "./other-server";

interface LaunchingProps {
  environment: Environment;
  launch: Launch;
}

/** Opens the server that runs the environment, or starts one and then opens it. */
export function Launching({ environment, launch }: LaunchingProps) {
  const client = useQueryClient();
  const { data, error, isFetchedAfterMount, refetch } = useQuery(watchedServersQuery);
  const { data: starts = [] } = useQuery(startsQuery);
  const [isCancelled, setIsCancelled] = useState(false);

  // What was known before may be long out of date.
  const decision =
    data && isFetchedAfterMount
      ? decide(launch.environment, launch.serverName, data.items)
      : undefined;
  const start = startOf(starts, launch, decision);
  const url = urlOf(start, decision);

  useEffect(() => {
    if (isCancelled || start || !decision) return;
    if (decision.kind === "join") join(client, decision.server);
    if (decision.kind === "start") {
      const { profile } = launch;
      const server_name = decision.serverName;
      const name = launch.environment;
      begin(client, { environment: name, profile, server_name }, environment.display_name);
    }
  });
  useEffect(() => {
    if (url && !isCancelled) leaveFor(url);
  }, [url, isCancelled]);

  const serverName = start?.serverName;
  const hasFailed = start?.phase === "failed";
  useEffect(() => {
    // Whoever comes again wants another attempt, not the words of this one.
    return () => {
      if (hasFailed && serverName !== undefined) forget(client, serverName);
    };
  }, [client, hasFailed, serverName]);

  if (isCancelled && start?.phase !== "cancelling") {
    return (
      <>
        <p role="status">{t.launch.cancelled}</p>
        <button
          type="button"
          className="btn btn-primary me-2"
          onClick={() => setIsCancelled(false)}
        >
          {t.launch.again}
        </button>
        <Servers />
      </>
    );
  }
  if (url) return <Opening url={url} />;
  if (start) {
    return (
      <>
        <p>{hasFailed ? t.servers.failed(titleOf(start.serverName)) : what(start, launch)}</p>
        <StartProgress start={start} onCancel={() => setIsCancelled(true)} />
        {hasFailed && (
          <p className="mt-3">
            <Servers />
          </p>
        )}
      </>
    );
  }
  if (error && !data) return <ErrorAlert error={error} onRetry={() => void refetch()} />;
  if (decision?.kind === "ask") {
    return <OtherServer {...{ environment, launch }} server={decision.server} all={data?.items ?? []} />;
  }
  if (decision?.kind === "wait") {
    const isStopping = decision.server.pending === "stop";
    return <Waiting>{isStopping ? t.launch.stopping : t.launch.settling}</Waiting>;
  }
  return <p role="status">{t.launch.looking}</p>;
}
