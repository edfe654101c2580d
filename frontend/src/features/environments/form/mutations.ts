import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";

import { answer, api } from "../../../api/client";
import { keys } from "../../../api/live";
import type { Environment, EnvironmentChange, EnvironmentRequest } from "../../../api/schema";

/** Add an environment, whose first build is queued. */
export function useAdd() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: EnvironmentRequest) => answer(api.POST("/api/environments", { body })),
    onSuccess: (environment) => keep(client, environment),
  });
}

/** Change some of what an environment says; nothing is built. */
export function useChange(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: EnvironmentChange) =>
      answer(api.PATCH("/api/environments/{name}", { params: { path: { name } }, body })),
    onSuccess: (environment) => keep(client, environment),
  });
}

function keep(client: QueryClient, environment: Environment): void {
  client.setQueryData(keys.environment(environment.name), environment);
  void client.invalidateQueries({ queryKey: keys.environments });
}
