import {
  type InfiniteData,
  type Query,
  type QueryClient,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { followStream, type StreamState } from "./stream";
import type {
  Build,
  BuildDetail,
  BuildStatus,
  Environment,
  EnvironmentEvent,
  EnvironmentList,
} from "./schema";

/** Keys of all that is kept, the collection first, so that a part of a key names what is below. */
export const keys = {
  environments: ["environments"],
  environment: (name: string) => ["environment", name],
  builds: (name: string) => ["environment", name, "builds"],
  build: (id: number) => ["build", id],
  profiles: ["profiles"],
  servers: ["servers"],
} as const;

/** Keep what is shown as it is on the server, by one stream for the whole page. */
export function useLiveUpdates(): StreamState {
  const client = useQueryClient();
  const [state, setState] = useState<StreamState>("connecting");
  useEffect(() => {
    const controller = new AbortController();
    let isFirst = true;
    followStream("api/events", {
      signal: controller.signal,
      onEvent: (event) => apply(client, JSON.parse(event.data) as EnvironmentEvent),
      onState: (next) => {
        setState(next);
        if (next === "connecting") return;
        // What has happened while nobody listened is not told again.
        if (next === "open" && !isFirst) void client.invalidateQueries();
        isFirst = false;
      },
    }).catch(() => undefined); // refused: the page's own requests say why
    return () => controller.abort();
  }, [client]);
  return state;
}

/** Bring what is kept up to date with one event. */
export function apply(client: QueryClient, event: EnvironmentEvent): void {
  const { environment: name, build } = event;
  const isAsked = build ? isAskedFor(client, name, build) : false;
  if (build && hasLeftQueue(build)) void client.invalidateQueries({ predicate: isWaiting });
  if (build && patchBuild(client, name, build) && !isAsked) return;
  if (build && isAsked) askAgain(client, keys.build(build.id));
  // That a build is published is told of its environment alone.
  if (event.type === "environment") askAgain(client, ["build"]);
  // Asked anew where it is shown, so that its page says that it is gone.
  if (event.type === "deleted") void client.resetQueries({ queryKey: keys.environment(name) });
  else askAgain(client, keys.environment(name));
  askAgain(client, keys.environments);
}

/** Whether a build of which there is news is being asked for: the answer may be from before. */
function isAskedFor(client: QueryClient, name: string, { id, status }: Build): boolean {
  const shown = [keys.environments, keys.environment(name), keys.build(id)];
  return told.get(id) !== status && shown.some((queryKey) => client.isFetching({ queryKey }) > 0);
}

/** Ask for what is shown, also if it is being asked for: what has no data yet is not by itself. */
function askAgain(client: QueryClient, queryKey: readonly unknown[]): void {
  const isFirst = (query: Query) => query.state.data === undefined && query.getObserversCount() > 0;
  void client
    .cancelQueries({ queryKey, predicate: isFirst, fetchStatus: "fetching" }, { silent: true })
    .then(() => client.invalidateQueries({ queryKey }));
}

/** The status that was last told of each build. */
const told = new Map<number, BuildStatus>();

/** Whether the others that wait move up: nothing tells of it but this. */
function hasLeftQueue({ id, status }: Build): boolean {
  const before = told.get(id);
  told.set(id, status);
  return status !== "queued" && status !== before;
}

/** Whether it is a build in the queue that is shown, or an environment with one. */
function isWaiting({ queryKey: [kind, , ...more], state: { data } }: Query): boolean {
  if (!data || more.length > 0) return false;
  if (kind === "build") return (data as BuildDetail).status === "queued";
  return kind === "environment" && (data as Environment).last_build?.status === "queued";
}

/** Put a build where it is shown; false if more has changed than the build itself. */
function patchBuild(client: QueryClient, name: string, build: Build): boolean {
  client.setQueryData<BuildDetail>(keys.build(build.id), (old) => old && { ...old, ...build });
  let isSame = true;
  const patch = (environment: Environment): Environment => {
    if (environment.name !== name) return environment;
    const last = environment.last_build;
    isSame &&= last?.id === build.id && last.status === build.status;
    return last?.id === build.id ? { ...environment, last_build: build } : environment;
  };
  client.setQueryData<Environment>(keys.environment(name), (old) => old && patch(old));
  client.setQueriesData<InfiniteData<EnvironmentList>>(
    { queryKey: keys.environments },
    (old) =>
      old && {
        ...old,
        pages: old.pages.map((each) => ({ ...each, items: each.items.map(patch) })),
      },
  );
  return isSame;
}
