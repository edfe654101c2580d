import { QueryClientProvider } from "@tanstack/react-query";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";
import { Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";

import { aBuild, anEnvironment, inRegistry } from "../../../tests/builds";
import { refuse, serve, show } from "../../../tests/server";
import { aGate } from "../../../tests/servers";
import { page } from "../../api/page";
import type { Build } from "../../api/schema";
import { Notices } from "../../ui/notices";
import { History } from "./history";

function open(builds: Build[], current: Build | null, answers: Parameters<typeof serve>[0] = {}) {
  const requests = serve({
    "GET /api/environments/waves/builds": { items: builds, total: builds.length },
    ...answers,
  });
  const environment = anEnvironment(current, builds[0] ?? null);
  const { hook, history } = memoryLocation({ path: "/environments/waves", record: true });
  show(
    <Router hook={hook}>
      <History environment={environment} shown={12} />
      <Notices />
    </Router>,
  );
  return Object.assign(requests, { visited: history });
}

const ADA = { ...page.user };
afterEach(() => {
  page.user = ADA;
});

const entries = async () => {
  await screen.findByRole("list", { name: "Builds of Waves and tides" });
  return screen.getAllByRole("listitem").map((item) => item.textContent ?? "");
};

test("each build says how it went, at which commit, for whom, how long and how large", async () => {
  const failed = aBuild(12, {
    status: "failed",
    error: "Step 3 failed.",
    trigger: "webhook",
    resolved_ref: null,
    image_size: null,
  });
  open([failed, aBuild(11)], aBuild(11));
  const [first, second] = await entries();
  for (const text of ["Build 12", "Failed", "The repository was pushed to", "Step 3 failed."]) {
    expect(first).toContain(text);
  }
  for (const text of ["Build 11", "Built", "Current", "8f3c2d1", "for barbara", "42 s", "3 GiB"]) {
    expect(second).toContain(text);
  }
  expect(first).not.toContain("Current");
});

test("each build but the one that is shown has a link to its log, with a name of its own", async () => {
  open([aBuild(12), aBuild(11), aBuild(10)], aBuild(12));
  await entries();
  const logs = screen.getAllByRole("link", { name: /^Log/ });
  expect(logs.map((link) => link.textContent)).toEqual(["Log of build 11", "Log of build 10"]);
  expect(screen.getByRole("link", { name: "Log of build 11" })).toHaveAttribute(
    "href",
    "/builds/11",
  );
});

test("only what was built, has its image and is not current can be rolled back to", async () => {
  open(
    [
      aBuild(14, { status: "building" }),
      aBuild(13, { status: "failed" }),
      aBuild(12),
      aBuild(11),
      aBuild(10, { image_removed_at: "2026-03-02T00:00:00Z" }),
      aBuild(9, { status: "cancelled" }),
    ],
    aBuild(12),
  );
  const texts = await entries();
  const buttons = screen.getAllByRole("button", { name: /^Roll back/ });
  expect(buttons.map((button) => button.textContent)).toEqual(["Roll back to build 11"]);
  expect(texts[4]).toContain("Image removed");
});

test("rolling back says what will happen, does it, and says that it is done", async () => {
  const requests = open([aBuild(12), aBuild(11)], aBuild(12), {
    "POST /api/environments/waves/rollback": {},
  });
  await userEvent.click(await screen.findByRole("button", { name: "Roll back to build 11" }));
  const dialog = screen.getByRole("dialog", { name: "Roll back to build 11?" });
  expect(dialog).toHaveTextContent("New servers of Waves and tides start from build 11 at once.");
  await userEvent.click(within(dialog).getByRole("button", { name: "Roll back to build 11" }));
  expect(
    await screen.findByText("Build 11 is now the current one of Waves and tides."),
  ).toBeVisible();
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(screen.getByRole("list", { name: /Builds of/ })).toHaveFocus();
  const sent = requests.filter(({ method }) => method === "POST");
  expect(await Promise.all(sent.map((each) => each.json()))).toEqual([{ build: 11 }]);
});

test("a rollback whose news come before its answer is said to be done all the same", async () => {
  const { opened, open: answer } = aGate();
  const builds = [aBuild(12), aBuild(11)];
  serve({
    "GET /api/environments/waves/builds": { items: builds, total: 2 },
    "POST /api/environments/waves/rollback": () => opened.then(() => ({})),
  });
  const historyOf = (current: Build) => (
    <>
      <History environment={anEnvironment(current, aBuild(12))} shown={12} />
      <Notices />
    </>
  );
  const { client, rerender } = show(historyOf(aBuild(12)));
  await userEvent.click(await screen.findByRole("button", { name: "Roll back to build 11" }));
  await userEvent.click(
    within(screen.getByRole("dialog")).getByRole("button", { name: /^Roll back/ }),
  );
  rerender(<QueryClientProvider client={client}>{historyOf(aBuild(11))}</QueryClientProvider>);
  expect(screen.queryByRole("dialog")).toBeNull();
  answer();
  await waitFor(() => expect(screen.getByRole("list", { name: /Builds of/ })).toHaveFocus());
  expect(screen.getAllByText(/^Build 11 is now the current one/)[0]).toBeVisible();
});

test("a rollback that is given up does nothing", async () => {
  const requests = open([aBuild(12), aBuild(11)], aBuild(12));
  await userEvent.click(await screen.findByRole("button", { name: "Roll back to build 11" }));
  await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(requests.filter(({ method }) => method === "POST")).toHaveLength(0);
});

test("a rollback that is refused says why, in the dialog", async () => {
  open([aBuild(12), aBuild(11)], aBuild(12), {
    "POST /api/environments/waves/rollback": refuse(409, "The image of build 11 is gone."),
  });
  await userEvent.click(await screen.findByRole("button", { name: "Roll back to build 11" }));
  const dialog = screen.getByRole("dialog");
  await userEvent.click(within(dialog).getByRole("button", { name: /^Roll back/ }));
  expect(await within(dialog).findByRole("alert")).toHaveTextContent(
    "The image of build 11 is gone.",
  );
});

test("a history that is longer than what is shown says so", async () => {
  open([aBuild(12)], null, {
    "GET /api/environments/waves/builds": { items: [aBuild(12)], total: 250 },
  });
  expect(await screen.findByText("The newest 1 of 250 builds.")).toBeVisible();
});

test("an environment that was never built says so", async () => {
  open([], null);
  expect(await screen.findByText("Nothing was built yet.")).toBeVisible();
});

test("a history that could not be read can be asked for again", async () => {
  let isAway = true;
  open([], null, {
    "GET /api/environments/waves/builds": () =>
      isAway ? refuse(503, "The database is away.") : { items: [aBuild(12)], total: 1 },
  });
  expect(await screen.findByRole("alert")).toHaveTextContent("The database is away.");
  isAway = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await waitFor(async () => expect(await entries()).toHaveLength(1));
});

const REMOVED = "2026-03-02T00:00:00Z";

test("a server can be started from each build whose image is to be had", async () => {
  page.user = { name: "grace", admin: false, mayBuild: false };
  open(
    [
      aBuild(14, { published_at: null }),
      aBuild(13, { status: "failed" }),
      aBuild(12),
      aBuild(11),
      aBuild(10, { image_removed_at: REMOVED, registry_image: inRegistry() }),
      aBuild(9, { image_removed_at: REMOVED }),
    ],
    aBuild(12),
  );
  const texts = await entries();
  // It is pulled from the registry when a server starts.
  expect(texts[4]).not.toContain("Image removed");
  expect(texts[5]).toContain("Image removed");
  const starts = screen.getAllByRole("link", { name: /^Start/ });
  expect(starts.map((link) => link.textContent)).toEqual([
    "Start a server from build 11",
    "Start a server from build 10",
  ]);
  expect(starts[0]).toHaveAttribute("href", "/launch?environment=waves&build=11");
  expect(screen.queryByRole("button", { name: /build/i })).toBeNull();
  expect(texts[5]).toContain("barbara or an admin can bring its image back.");
});

test("what is in the registry alone can be rolled back to", async () => {
  open(
    [aBuild(12), aBuild(10, { image_removed_at: REMOVED, registry_image: inRegistry() })],
    aBuild(12),
  );
  expect(await screen.findByRole("button", { name: "Roll back to build 10" })).toBeEnabled();
});

test("a build that is not published says so, and its manager can try it and publish it", async () => {
  const waiting = aBuild(13, { published_at: null, warnings: ["It listens on no port."] });
  const requests = open([waiting, aBuild(12)], aBuild(12), {
    "POST /api/environments/waves/publish": {},
  });
  expect((await entries())[0]).toContain("Not published yet");
  expect(screen.getByRole("link", { name: "Try it in a test server of build 13" })).toHaveAttribute(
    "href",
    "/launch?environment=waves&build=13",
  );
  expect(screen.queryByRole("button", { name: "Roll back to build 13" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Publish for users (build 13)" }));
  const dialog = screen.getByRole("dialog", { name: "Publish build 13?" });
  expect(dialog).toHaveTextContent("The image works, but:It listens on no port.");
  expect(dialog).toHaveTextContent("New servers of Waves and tides start from build 13 at once");
  await userEvent.click(within(dialog).getByRole("button", { name: "Publish build 13" }));
  expect(await screen.findByText(/^Build 13 is published/)).toBeVisible();
  expect(screen.getByRole("list", { name: /Builds of/ })).toHaveFocus();
  const [sent] = requests.filter(({ method }) => method === "POST");
  expect(await sent?.json()).toEqual({ build: 13 });
});

test("a commit whose image is gone can be built again, and one goes to that build", async () => {
  const requests = open([aBuild(12), aBuild(9, { image_removed_at: REMOVED })], aBuild(12), {
    "POST /api/builds/9/restore": aBuild(15, { status: "queued", trigger: "restore" }),
  });
  await userEvent.click(
    await screen.findByRole("button", { name: "Build this commit again (build 9)" }),
  );
  await waitFor(() => expect(requests.visited?.at(-1)).toBe("/builds/15"));
});

test("that a commit can be built again is explained once, and no more once it is back", async () => {
  const back = aBuild(15, { trigger: "resume", origin_build: 9 });
  const gone = [9, 8].map((id) => aBuild(id, { image_removed_at: REMOVED }));
  open([back, aBuild(12), ...gone], aBuild(12));
  await entries();
  expect(screen.getByRole("link", { name: "Brought back as build 15" })).toHaveAttribute(
    "href",
    "/builds/15",
  );
  expect(screen.getAllByRole("button", { name: /^Build this commit again/ })).toHaveLength(1);
  expect(screen.getAllByText("Building a commit again changes nothing for users.")).toHaveLength(1);
});

test("what could not be brought back, or is gone once more, is offered again", async () => {
  const gone = { image_removed_at: REMOVED };
  const failed = aBuild(15, { status: "failed", origin_build: 9, ...gone });
  const again = aBuild(14, { origin_build: 9, ...gone });
  open([failed, again, aBuild(12), aBuild(9, gone)], aBuild(12));
  expect(
    await screen.findByRole("button", { name: "Build this commit again (build 9)" }),
  ).toBeVisible();
  expect(screen.queryByRole("link", { name: /^Brought back/ })).toBeNull();
});

test("what the page offers above is not offered once more", async () => {
  const environment = anEnvironment(aBuild(11), aBuild(13, { published_at: null }));
  serve({
    "GET /api/environments/waves/builds": {
      items: [aBuild(13, { published_at: null }), aBuild(12), aBuild(11)],
      total: 3,
    },
  });
  const { rerender, client } = show(<History environment={environment} above={13} />);
  await entries();
  expect(screen.queryByRole("link", { name: /^Try it/ })).toBeNull();
  expect(screen.queryByRole("button", { name: /^Publish/ })).toBeNull();
  expect(screen.getByRole("link", { name: "Start a server from build 12" })).toBeVisible();
  rerender(
    <QueryClientProvider client={client}>
      <History environment={environment} shown={12} />
    </QueryClientProvider>,
  );
  expect(screen.getByRole("link", { name: /^Try it/ })).toBeVisible();
  expect(screen.queryByRole("link", { name: /^Start/ })).toBeNull();
  // That is offered between the builds before and after.
  expect(screen.getByRole("button", { name: "Roll back to build 12" })).toBeVisible();
});

test("an image that is there again needs no build", async () => {
  const requests = open([aBuild(12), aBuild(9, { image_removed_at: REMOVED })], aBuild(12), {
    "POST /api/builds/9/restore": aBuild(9),
  });
  await userEvent.click(await screen.findByRole("button", { name: /^Build this commit again/ }));
  expect(await screen.findByText(/The image of build 9 is there/)).toBeVisible();
  expect(requests.visited).toHaveLength(1);
});

test("a commit that cannot be built again now says why", async () => {
  open([aBuild(12), aBuild(9, { image_removed_at: REMOVED })], aBuild(12), {
    "POST /api/builds/9/restore": refuse(409, "Build 13 of waves is running."),
  });
  await userEvent.click(await screen.findByRole("button", { name: /^Build this commit again/ }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Build 13 of waves is running.");
});

test("what copied a build or brought one back says so", async () => {
  open(
    [
      aBuild(12, { trigger: "restore", origin_build: 4 }),
      aBuild(11, { trigger: "copy", origin_build: 3 }),
    ],
    null,
  );
  const [first, second] = await entries();
  expect(first).toContain("Brings back build 4 beside the current one, for barbara");
  expect(second).toContain("Copied from another environment, for barbara");
});
