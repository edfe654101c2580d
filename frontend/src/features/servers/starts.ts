import { type QueryClient, queryOptions, skipToken } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import { keys } from "../../api/live";
import type { Server, ServerDetail, ServerProgress, ServerRequest, Size } from "../../api/schema";
import { t } from "../../i18n";
import { notify } from "../../ui/notices";
import { titleOf } from "./names";
import { progressOf } from "./progress";

/** A server that starts, or did not. */
export interface Start {
  id: number;
  serverName: string;
  /** Null for a server that was started elsewhere and from something else. */
  environment: string | null;
  /** The one that was asked for; null for the current one. */
  build: number | null;
  profile: string | null;
  /** The size that was chosen in place of a profile. */
  ownSize: Size | null;
  /** What people call what is started. */
  label: string;
  /** `listed`: ready, and the list of servers has been asked since. */
  phase: "starting" | "cancelling" | "ready" | "listed" | "failed";
  /** Of 100. */
  progress: number;
  message: string;
  /** Where the server is, once it is ready. */
  url?: string | null;
  error?: Error;
}

let nextId = 1;

/** The starts that this tab knows of, whichever page asked for them; one for each server. */
export const startsQuery = queryOptions<readonly Start[]>({
  queryKey: ["starts"],
  queryFn: skipToken,
  initialData: [],
  staleTime: Infinity,
  gcTime: Infinity,
});

/** Start a server; nothing happens while it starts already, so that nobody can ask twice. */
export function begin(client: QueryClient, request: ServerRequest, label: string): void {
  const { server_name: serverName = "", environment, build = null, profile = null } = request;
  if (isStarting(client, serverName)) return;
  const ownSize = sizeOf(request);
  const id = put(client, { serverName, environment, build, profile, ownSize, label });
  void follow(client, id, answer(api.POST("/api/servers", { body: request })));
}

/** Follow a start that was asked for elsewhere. */
export function join(client: QueryClient, server: ServerDetail): void {
  const { server_name: serverName, environment, profile, display_name } = server;
  const build = server.chosen_build;
  if (isStarting(client, serverName)) return;
  const label = display_name ?? environment ?? titleOf(serverName);
  const ownSize = server.own_size ?? null;
  const asked = { serverName, environment, build, profile, ownSize, label };
  void follow(client, put(client, asked));
}

/** The size that a request asks for in place of a profile. */
export function sizeOf({ mem_limit = null, cpu_limit = null }: Size): Size | null {
  return mem_limit === null && cpu_limit === null ? null : { mem_limit, cpu_limit };
}

/** Stop a server that starts. */
export async function cancel(client: QueryClient, { id, serverName }: Start): Promise<void> {
  patch(client, id, { phase: "cancelling" });
  try {
    await answer(
      api.DELETE("/api/servers/{server_name}", { params: { path: { server_name: serverName } } }),
    );
    notify(t.servers.cancelled(titleOf(serverName)));
  } catch (error) {
    notify((error as Error).message);
  }
  // If it starts all the same, the list says so, and it is joined.
  forget(client, serverName);
  await client.invalidateQueries({ queryKey: keys.servers });
}

/** Say no more of starts that have ended, well or not. */
export function forgetEnded(client: QueryClient): void {
  set(client, (starts) => starts.filter(isUnderWay));
}

/** Say no more of the start of a server. */
export function forget(client: QueryClient, serverName: string): void {
  set(client, (starts) => starts.filter((each) => each.serverName !== serverName));
}

async function follow(client: QueryClient, id: number, asked?: Promise<Server>): Promise<void> {
  const start = find(client, id);
  if (!start) return;
  void client.invalidateQueries({ queryKey: keys.servers });
  const end = await endOf(client, start, asked);
  if (find(client, id)?.phase !== "starting") return; // cancelled
  patch(client, id, end);
  await client.invalidateQueries({ queryKey: keys.servers });
  if (end.phase !== "ready") return;
  patch(client, id, { phase: "listed" });
  notify(t.servers.ready(titleOf(start.serverName)));
}

/** What the last event of the start says, or what went wrong with asking for it. */
async function endOf(
  client: QueryClient,
  { id, serverName }: Start,
  asked?: Promise<Server>,
): Promise<Partial<Start>> {
  const controller = new AbortController();
  const told = progressOf(serverName, {
    signal: controller.signal,
    asked,
    onProgress: ({ progress, message = "" }) => patch(client, id, { progress, message }),
  });
  try {
    const answered = asked?.then((server) => (server.ready ? readyAt(server) : told));
    return endLike(await Promise.race(answered ? [answered, told] : [told]));
  } catch (error) {
    return { phase: "failed", error: error as Error };
  } finally {
    // The race has one winner, and nobody waits for the other.
    controller.abort();
    told.catch(() => undefined);
    asked?.catch(() => undefined);
  }
}

function readyAt(server: Server): ServerProgress {
  return { progress: 100, ready: true, url: server.url };
}

function endLike(last: ServerProgress): Partial<Start> {
  if (last.ready) return { phase: "ready", progress: 100, url: last.url ?? null };
  // The spawner's sentence, without the Hub's words before it.
  const said = (last.message ?? "").replace(/^Spawn failed(: )?/, "");
  return { phase: "failed", error: new Error(said || t.servers.failedUnknown) };
}

function startsOf(client: QueryClient): readonly Start[] {
  return client.getQueryData(startsQuery.queryKey) ?? [];
}

function find(client: QueryClient, id: number): Start | undefined {
  return startsOf(client).find((each) => each.id === id);
}

function isUnderWay({ phase }: Start): boolean {
  return phase === "starting" || phase === "cancelling";
}

function isStarting(client: QueryClient, serverName: string): boolean {
  return startsOf(client).some((each) => each.serverName === serverName && isUnderWay(each));
}

function put(
  client: QueryClient,
  asked: Pick<Start, "serverName" | "environment" | "build" | "profile" | "ownSize" | "label">,
): number {
  const id = nextId++;
  forget(client, asked.serverName);
  set(client, (starts) => [
    ...starts,
    { ...asked, id, phase: "starting", progress: 0, message: "" },
  ]);
  return id;
}

function patch(client: QueryClient, id: number, change: Partial<Start>): void {
  set(client, (starts) => starts.map((each) => (each.id === id ? { ...each, ...change } : each)));
}

function set(client: QueryClient, change: (starts: readonly Start[]) => readonly Start[]): void {
  client.setQueryData(startsQuery.queryKey, (old) => change(old ?? []));
}
