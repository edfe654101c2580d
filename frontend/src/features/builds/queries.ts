import { queryOptions } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import { keys } from "../../api/live";

export const buildQuery = (id: number) =>
  queryOptions({
    queryKey: keys.build(id),
    queryFn: ({ signal }) =>
      answer(api.GET("/api/builds/{id}", { params: { path: { id } }, signal })),
  });

/** The builds of an environment that a history shows, newest first. */
export const buildsQuery = (name: string) =>
  queryOptions({
    queryKey: keys.builds(name),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/environments/{name}/builds", {
          params: { path: { name }, query: { limit: 100 } },
          signal,
        }),
      ),
  });
