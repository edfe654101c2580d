import { QueryClient } from "@tanstack/react-query";
import { beforeEach, expect, test, vi } from "vitest";

import { refuse, serve } from "../../../tests/server";
import { aGate, aProgress, aServer } from "../../../tests/servers";
import { begin, cancel, forget, forgetEnded, join, type Start, startsQuery } from "./starts";

const REQUEST = { environment: "course", profile: "Small", server_name: "" };
const LIST = { "GET /api/servers": { items: [] } };
const ASKED = { server_name: "", url: "/hub/spawn-pending/ada", ready: false };

let client: QueryClient;
beforeEach(() => {
  client = new QueryClient();
});

function starts(): readonly Start[] {
  return client.getQueryData(startsQuery.queryKey) ?? [];
}

function start(): Start | undefined {
  return starts()[0];
}

/** All phases, messages and errors that the start goes through. */
function watch(): string[] {
  const seen: string[] = [];
  client.getQueryCache().subscribe(() => {
    const now = start();
    const words = now ? `${now.phase} ${now.progress} ${now.message}` : "none";
    if (seen.at(-1) !== words) seen.push(words);
  });
  return seen;
}

test("a start is followed until the server is ready, and then the list is asked again", async () => {
  const seen = watch();
  const requests = serve({
    ...LIST,
    "POST /api/servers": ASKED,
    "GET /api/server-progress": () =>
      aProgress({ progress: 30, message: "Starting a container." }, { progress: 100, ready: true }),
  });
  begin(client, REQUEST, "The Course");
  expect(start()).toMatchObject({ phase: "starting", label: "The Course", serverName: "" });
  await vi.waitFor(() => expect(start()?.phase).toBe("listed"), 30_000);
  expect(seen).toContain("starting 30 Starting a container.");
  expect(seen.at(-2)).toMatch(/^ready 100/);
  const [post] = requests;
  expect(await post?.json()).toEqual(REQUEST);
});

test("a server is asked for once, however often a page wants it", async () => {
  const gate = aGate();
  const requests = serve({
    ...LIST,
    "POST /api/servers": () => gate.opened.then(() => ({ ...ASKED, ready: true })),
    "GET /api/server-progress": () => refuse(404, "You have no such server."),
  });
  begin(client, REQUEST, "The Course");
  begin(client, REQUEST, "The Course");
  join(client, aServer({ pending: "spawn", ready: false }));
  expect(starts()).toHaveLength(1);
  gate.open();
  await vi.waitFor(() => expect(start()?.phase).toBe("listed"), 30_000);
  expect(requests.filter((each) => each.method === "POST")).toHaveLength(1);
});

test("two servers start side by side", async () => {
  serve({
    ...LIST,
    "POST /api/servers": refuse(409, "No."),
    "GET /api/server-progress": refuse(404, "No."),
  });
  begin(client, REQUEST, "The Course");
  begin(client, { ...REQUEST, server_name: "second" }, "The Course");
  expect(starts().map((each) => each.serverName)).toEqual(["", "second"]);
});

test("progress is asked for again while the Hub has not taken the request", async () => {
  const gate = aGate();
  let looks = 0;
  serve({
    ...LIST,
    "POST /api/servers": () => gate.opened.then(() => ASKED),
    "GET /api/server-progress": () => {
      looks += 1;
      if (looks < 2) return refuse(404, "You have no such server.");
      gate.open();
      return aProgress({ progress: 100, ready: true, url: "/user/ada/" });
    },
  });
  begin(client, REQUEST, "The Course");
  await vi.waitFor(() => expect(start()?.phase).toBe("listed"), 30_000);
  expect(looks).toBe(2);
});

test("the spawner's sentence is why a start failed", async () => {
  serve({
    ...LIST,
    "POST /api/servers": ASKED,
    "GET /api/server-progress": () =>
      aProgress({ progress: 100, failed: true, message: "Spawn failed: Out of memory." }),
  });
  begin(client, REQUEST, "The Course");
  await vi.waitFor(() => expect(start()?.phase).toBe("failed"), 30_000);
  expect(start()?.error?.message).toBe("Out of memory.");
});

test("a failure without a reason says what to do", async () => {
  serve({
    ...LIST,
    "POST /api/servers": ASKED,
    "GET /api/server-progress": () => aProgress({ failed: true, message: "Spawn failed" }),
  });
  begin(client, REQUEST, "The Course");
  await vi.waitFor(() => expect(start()?.error?.message).toMatch(/tell an admin/), 30_000);
});

test("a refused request is why a start failed, and it can be tried again", async () => {
  const answers = [refuse(403, "Not this machine."), { ...ASKED, ready: true }];
  serve({
    ...LIST,
    "POST /api/servers": () => answers.shift(),
    "GET /api/server-progress": () => refuse(404, "You have no such server."),
  });
  begin(client, REQUEST, "The Course");
  await vi.waitFor(() => expect(start()?.error?.message).toBe("Not this machine."), 30_000);
  begin(client, REQUEST, "The Course");
  expect(start()?.phase).toBe("starting");
  await vi.waitFor(() => expect(start()?.phase).toBe("listed"), 30_000);
});

test("a start that was asked for elsewhere is followed without asking again", async () => {
  const requests = serve({
    ...LIST,
    "GET /api/server-progress": () =>
      aProgress({ progress: 100, ready: true, url: "/user/ada/x/" }),
  });
  join(client, aServer({ server_name: "x", ready: false, pending: "spawn" }));
  expect(start()).toMatchObject({ serverName: "x", label: "The Course", profile: "Small" });
  await vi.waitFor(() => expect(start()?.phase).toBe("listed"), 30_000);
  expect(requests.some((each) => each.method === "POST")).toBe(false);
  const progress = requests.find((each) => each.url.includes("server-progress"));
  expect(progress?.url).toMatch(/server_name=x$/);
});

test("a start that is cancelled is no failure", async () => {
  const stopped = aGate();
  const seen = watch();
  const requests = serve({
    ...LIST,
    "POST /api/servers": () => stopped.opened.then(() => refuse(409, "Spawn cancelled")),
    "GET /api/server-progress": () =>
      stopped.opened.then(() => aProgress({ failed: true, message: "Spawn cancelled" })),
    "DELETE /api/servers/": () => {
      stopped.open();
      return new Promise((resolve) => {
        setTimeout(() => resolve(new Response(null, { status: 204 })), 50);
      });
    },
  });
  begin(client, REQUEST, "The Course");
  await cancel(client, start() as Start);
  expect(starts()).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(starts()).toEqual([]);
  expect(seen.some((each) => each.startsWith("failed"))).toBe(false);
  expect(requests.some((each) => each.method === "DELETE")).toBe(true);
});

test("what has ended is forgotten, and what goes on is not", async () => {
  const answers = [refuse(403, "No."), new Promise(() => undefined)];
  serve({
    ...LIST,
    "POST /api/servers": () => answers.shift(),
    "GET /api/server-progress": () => new Promise(() => undefined),
  });
  begin(client, REQUEST, "The Course");
  begin(client, { ...REQUEST, server_name: "second" }, "The Course");
  await vi.waitFor(() => expect(start()?.phase).toBe("failed"), 30_000);
  forgetEnded(client);
  expect(starts().map((each) => each.serverName)).toEqual(["second"]);
});

test("nothing is said any more of a start that is forgotten", () => {
  serve({
    ...LIST,
    "POST /api/servers": refuse(409, "No."),
    "GET /api/server-progress": refuse(404, "No."),
  });
  begin(client, REQUEST, "The Course");
  forget(client, "");
  expect(starts()).toEqual([]);
});
