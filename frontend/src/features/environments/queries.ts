import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import { keys } from "../../api/live";
import type { EnvironmentStatus, paths } from "../../api/schema";

export type Sort = NonNullable<
  NonNullable<paths["/api/environments"]["get"]["parameters"]["query"]>["sort"]
>;

/** Which environments are shown, in which order. */
export interface Search {
  q: string;
  sort: Sort;
  status: EnvironmentStatus | "";
  owner: string;
}

const PAGE = 50;

export const environmentsQuery = (search: Search) =>
  infiniteQueryOptions({
    queryKey: [...keys.environments, search],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/api/environments", {
          params: {
            query: {
              q: search.q,
              limit: PAGE,
              offset: pageParam,
              sort: search.sort,
              ...(search.status && { status: search.status }),
              ...(search.owner && { owner: search.owner }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => {
      const known = pages.reduce((sum, page) => sum + page.items.length, 0);
      return last.items.length > 0 && known < last.total ? known : undefined;
    },
  });

export const environmentQuery = (name: string) =>
  queryOptions({
    queryKey: keys.environment(name),
    queryFn: ({ signal }) =>
      answer(api.GET("/api/environments/{name}", { params: { path: { name } }, signal })),
  });

/** What a deletion would remove, and the servers in its way: true at the moment when it is asked. */
export const removalQuery = (name: string) =>
  queryOptions({
    queryKey: ["removal", name],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/environments/{name}/removal", { params: { path: { name } }, signal })),
    staleTime: 0,
    gcTime: 0,
  });

/** What is entered at the forge; the secret is not kept longer than it is shown. */
export const webhookQuery = (name: string) =>
  queryOptions({
    queryKey: ["webhook", name],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/environments/{name}/webhook", { params: { path: { name } }, signal })),
    gcTime: 0,
  });
