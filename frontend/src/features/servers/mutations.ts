import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import { keys } from "../../api/live";
import type { ServerDetail } from "../../api/schema";
import { t } from "../../i18n";
import { notify } from "../../ui/notices";
import { titleOf } from "./names";
import { serversQuery } from "./queries";
import { begin } from "./starts";

/** Milliseconds between two looks whether a server has stopped, and how many there are. */
const PAUSE = 1000;
const LOOKS = 60;

/** Stop a server, and return when it has. */
export function useStop(serverName: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => stop(client, serverName),
    onSuccess: () => notify(t.servers.stopped(titleOf(serverName))),
    onSettled: () => client.invalidateQueries({ queryKey: keys.servers }),
  });
}

/** Stop a server and start it as it was asked for: from that build, or from the current one. */
export function useRestart(server: ServerDetail) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, label }: { name: string; label: string }) => {
      const { server_name, chosen_build: build, profile, own_size } = server;
      await stop(client, server_name);
      begin(client, { environment: name, build, profile, ...own_size, server_name }, label);
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.servers }),
  });
}

async function stop(client: QueryClient, serverName: string): Promise<void> {
  await answer(
    api.DELETE("/api/servers/{server_name}", { params: { path: { server_name: serverName } } }),
  );
  // The Hub answers at once when it takes long.
  for (let look = 0; look < LOOKS; look += 1) {
    const { items } = await client.fetchQuery(serversQuery);
    if (!items.some((each) => each.server_name === serverName)) return;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  throw new Error(t.servers.notStopped);
}
