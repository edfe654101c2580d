import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import type { Environment, ServerDetail } from "../../api/schema";
import { t } from "../../i18n";
import { watchedServersQuery } from "../servers/queries";
import { begin, forgetEnded, join, type Start, startsQuery } from "../servers/starts";
import type { Launch } from "./address";
import { decide } from "./decision";
import { leaveFor } from "./leave";

/** Where a launch is. */
export type Stage =
  | { kind: "looking" }
  | { kind: "refused"; error: Error; retry: () => void }
  | { kind: "starting"; start: Start; onCancel: () => void }
  | { kind: "failed"; start: Start }
  | { kind: "cancelled"; again: () => void }
  | { kind: "waiting"; isStopping: boolean }
  | { kind: "asking"; server: ServerDetail; taken: string[] }
  | { kind: "opening"; url: string };

/** Bring a person to a server of the environment; all that happens by itself happens here. */
export function useLaunch(environment: Environment, launch: Launch): Stage {
  const client = useQueryClient();
  const { data, error, isFetchedAfterMount, refetch } = useQuery(watchedServersQuery);
  const { data: starts = [] } = useQuery(startsQuery);
  const [isCancelled, setIsCancelled] = useState(false);

  const { display_name } = environment;
  const label = launch.build === null ? display_name : t.launch.build(launch.build, display_name);

  // What was known before may be long out of date.
  const isKnown = data !== undefined && isFetchedAfterMount;
  const decision = isKnown ? decide(launch, data.items) : undefined;
  const own = isKnown ? starts.find((each) => isOf(each, launch)) : undefined;
  const joined = decision?.kind === "join" ? decision.server.server_name : undefined;
  const start = own ?? starts.find((each) => each.serverName === joined);
  // Of another start it is seen what came of it, before it is opened.
  const url = own?.url ?? (decision?.kind === "open" ? decision.server.url : undefined);

  useEffect(() => forgetEnded(client), [client]);
  useEffect(() => {
    if (isCancelled || start || !decision) return;
    if (decision.kind === "join") join(client, decision.server);
    if (decision.kind !== "start") return;
    const { environment: name, build, profile, ownSize } = launch;
    const server_name = decision.serverName;
    begin(client, { environment: name, build, profile, ...ownSize, server_name }, label);
  });
  useEffect(() => {
    if (url !== undefined && !isCancelled) leaveFor(url);
  }, [url, isCancelled]);

  if (isCancelled && start?.phase !== "cancelling") {
    return { kind: "cancelled", again: () => setIsCancelled(false) };
  }
  if (url !== undefined) return { kind: "opening", url };
  if (start?.phase === "failed") return { kind: "failed", start };
  if (start) return { kind: "starting", start, onCancel: () => setIsCancelled(true) };
  if (error && !data) return { kind: "refused", error, retry: () => void refetch() };
  if (decision?.kind === "wait") {
    return { kind: "waiting", isStopping: decision.server.pending === "stop" };
  }
  if (decision?.kind === "ask") {
    const taken = data?.items.map((each) => each.server_name) ?? [];
    return { kind: "asking", server: decision.server, taken };
  }
  return { kind: "looking" };
}

function isOf(start: Start, { environment, build, serverName }: Launch): boolean {
  const isThere = serverName === null || start.serverName === serverName;
  return isThere && start.build === build && start.environment === environment;
}
