import { queryOptions } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import { keys } from "../../api/live";
import type { ServerList } from "../../api/schema";

/** The machine profiles change only when the service is restarted. */
export const profilesQuery = queryOptions({
  queryKey: keys.profiles,
  queryFn: ({ signal }) => answer(api.GET("/api/profiles", { signal })),
  staleTime: Infinity,
});

/** The person's own servers: no stream tells of them, so that what is known is soon out of date. */
export const serversQuery = queryOptions({
  queryKey: keys.servers,
  queryFn: ({ signal }) => answer(api.GET("/api/servers", { signal })),
  staleTime: 0,
});

/** Milliseconds between two looks at what servers use, and at one that stops. */
const EVERY = 10_000;
const SOON = 2_000;

/** The same for a page that shows them: looked at again and again, but not in a hidden tab. */
export const watchedServersQuery = queryOptions({
  ...serversQuery,
  refetchInterval: ({ state }) => (isSettling(state.data) ? SOON : EVERY),
});

/** Whether a server is in a state that ends by itself and that nothing tells of. */
function isSettling(list: ServerList | undefined): boolean {
  return list?.items.some((each) => !each.ready && each.pending !== "spawn") ?? false;
}
