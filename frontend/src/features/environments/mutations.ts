import { useMutation, useQueryClient } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import { ApiError } from "../../api/errors";
import { keys } from "../../api/live";
import type { CopyRequest, Environment } from "../../api/schema";
import { t } from "../../i18n";
import { notify } from "../../ui/notices";
import { removalQuery, webhookQuery } from "./queries";

/**
 * Delete an environment. `onGone` is called when it is no longer there, also because somebody else
 * was faster.
 */
export function useDelete({ name, display_name: label }: Environment, onGone: () => void) {
  const client = useQueryClient();
  function leave(notice: string) {
    notify(notice);
    onGone();
    client.removeQueries({ queryKey: keys.environment(name) });
    void client.invalidateQueries({ queryKey: keys.environments });
  }
  return useMutation({
    mutationFn: ({ force }: { force: boolean }) =>
      answer(
        api.DELETE("/api/environments/{name}", {
          params: { path: { name }, ...(force && { query: { force } }) },
        }),
      ),
    onSuccess: () => leave(t.environments.deletion.done(label)),
    onError: (error) => {
      if (error instanceof ApiError && error.status === 404) leave(error.message);
      // Somebody may have started a server meanwhile.
      else void client.invalidateQueries({ queryKey: removalQuery(name).queryKey });
    },
  });
}

/** Add an environment of one's own like this one, from its image. */
export function useCopy(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CopyRequest) =>
      answer(api.POST("/api/environments/{name}/copy", { params: { path: { name } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.environments }),
  });
}

/** Replace the webhook's secret. */
export function useNewSecret(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      answer(api.POST("/api/environments/{name}/webhook", { params: { path: { name } } })),
    onSuccess: (webhook) => {
      client.setQueryData(webhookQuery(name).queryKey, webhook);
      notify(t.environments.webhook.renewed);
    },
  });
}
