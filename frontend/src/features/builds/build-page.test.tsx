import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";

import { aBuild, ALog, anEnvironment, inRegistry } from "../../../tests/builds";
import { refuse, serve, show } from "../../../tests/server";
import { apply } from "../../api/live";
import { page } from "../../api/page";
import type { Build } from "../../api/schema";
import BuildPage from "./build-page";

const ADA = { ...page.user };
afterEach(() => {
  page.user = ADA;
  location.hash = "";
});

interface Given {
  log?: ALog;
  current?: Build | null;
  last?: Build;
  earlier?: Build[];
  answers?: Parameters<typeof serve>[0];
}

function open(build: Build, given: Given = {}) {
  const { log = new ALog().became(build.status), earlier = [], answers = {} } = given;
  const environment = anEnvironment(given.current ?? null, given.last ?? build);
  const requests = serve({
    [`GET /api/builds/${build.id}`]: build,
    [`GET /api/builds/${build.id}/log`]: log.answer,
    "GET /api/environments/waves": environment,
    "GET /api/environments/waves/builds": { items: [build, ...earlier], total: 1 },
    ...answers,
  });
  const address = memoryLocation({ path: `/builds/${build.id}`, record: true });
  const shown = show(
    <Router hook={address.hook}>
      <BuildPage id={build.id} />
    </Router>,
  );
  return { ...shown, requests, address, log };
}

const running = (changes: Partial<Build> = {}) =>
  aBuild(12, {
    status: "building",
    image: null,
    image_size: null,
    started_at: new Date().toISOString(),
    finished_at: null,
    ...changes,
  });

test("a build says what it is of, how it went, for whom and why, and what came of it", async () => {
  const build = aBuild(12, { warnings: ["It listens on no port."], no_cache: true });
  open(build, { current: build });
  expect(
    await screen.findByRole("heading", { name: "Build 12 of Waves and tides", level: 1 }),
  ).toBeVisible();
  const link = (name: string) => screen.getByRole("link", { name });
  expect(link("Waves and tides")).toHaveAttribute("href", "/environments/waves");
  // Nothing says that what git reads there is also a page.
  expect(screen.getByText("git.example.org/waves")).not.toHaveAttribute("href");
  expect(link("Start a server of Waves and tides")).toHaveAttribute(
    "href",
    "/launch?environment=waves",
  );
  for (const text of [
    "Rebuild, for barbara (without the cache)",
    build.resolved_ref ?? "",
    "hub/waves:8f3c2d1",
    "3 GiB",
    "42 s",
    "It listens on no port.",
  ]) {
    expect(screen.getAllByText(text)[0]).toBeVisible();
  }
});

test("what is built has links to its forge, and is named as people do", async () => {
  const build = aBuild(12, { repo_url: "https://github.com/o/waves.git", ref: "HEAD" });
  open(build, { current: build });
  const link = (name: string) => screen.getByRole("link", { name });
  await screen.findByRole("heading", { name: /of Waves and tides/ });
  expect(link("github.com/o/waves")).toHaveAttribute("href", "https://github.com/o/waves");
  expect(link("default branch of github.com/o/waves")).toHaveTextContent("default branch");
  const commit = build.resolved_ref ?? "";
  const whole = link(`${commit}, commit of github.com/o/waves`);
  expect(whole).toHaveAttribute("href", `https://github.com/o/waves/commit/${commit}`);
  expect(whole).toHaveTextContent(commit);
});

test("a server can be started from a build that is not the current one", async () => {
  open(aBuild(12), { current: aBuild(13) });
  const start = await screen.findByRole("link", { name: "Start a server from this build" });
  expect(start).toHaveAttribute("href", "/launch?environment=waves&build=12");
});

test("a build in a registry says where it is, and how it is pulled", async () => {
  const user = userEvent.setup();
  vi.stubGlobal("isSecureContext", true); // jsdom has none
  const image = inRegistry();
  open(aBuild(12, { registry_image: image, image_removed_at: "2026-03-02T00:00:00Z" }));
  expect(await screen.findByText("registry.example.org/teaching/waves:8f3c2d1")).toBeVisible();
  expect(screen.getByText(image.digest)).toBeVisible();
  expect(screen.getByText(/is pulled when a server starts from it/)).toBeVisible();
  const pull = screen.getByRole("textbox", { name: "Command that pulls the image" });
  expect(pull).toHaveValue(`docker pull registry.example.org/teaching/waves@${image.digest}`);
  await user.click(screen.getByRole("button", { name: "Copy the command" }));
  expect(await navigator.clipboard.readText()).toBe(image.pull_command);
});

test.each(["pulling", "pushing"] as const)(
  "a build that is %s says how much is through",
  async (status) => {
    const log = new ALog()
      .became(status)
      .step("p", "running")
      .say("progress", { step: "p", name: "layer", current: 2 ** 20, total: 4 * 2 ** 20 });
    open(running({ status, progress: { step: 9, total: null, name: "RUN p" } }), { log });
    const words = { pulling: "Pulling images", pushing: "Pushing to the registry" }[status];
    expect(await screen.findByText(words)).toBeVisible();
    expect(await screen.findByText("1 MiB of 4 MiB")).toBeVisible();
    expect(screen.getByRole("button", { name: "Cancel the build" })).toBeVisible();
  },
);

test("a build that waits for it is tried and published by who manages it", async () => {
  let published_at: string | null = null;
  const { requests } = open(aBuild(12, { published_at }), {
    current: aBuild(11),
    answers: {
      "GET /api/builds/12": () => aBuild(12, { published_at }),
      "POST /api/environments/waves/publish": () => {
        published_at = "2026-03-02T00:00:00Z";
        return {};
      },
    },
  });
  expect(await screen.findByText(/^Build 12 is not published/)).toBeVisible();
  expect(screen.getByText(/a test server has a home of its own/)).toBeVisible();
  const tryIt = screen.getByRole("link", { name: "Try it in a test server of build 12" });
  expect(tryIt).toHaveAttribute("href", "/launch?environment=waves&build=12");
  await userEvent.click(screen.getByRole("button", { name: "Publish for users (build 12)" }));
  await userEvent.click(screen.getByRole("button", { name: "Publish build 12" }));
  await waitFor(() => expect(screen.queryByText(/^Build 12 is not published/)).toBeNull());
  const sent = requests.find(({ method }) => method === "POST");
  expect(await sent?.json()).toEqual({ build: 12 });
});

test("others only read that a build is not published", async () => {
  page.user = { name: "grace", admin: false, mayBuild: false };
  open(aBuild(12, { published_at: null }), { current: aBuild(11), earlier: [aBuild(11)] });
  expect(await screen.findByText(/^Build 12 is not published/)).toBeVisible();
  // The history has offers of its own.
  await screen.findByRole("link", { name: "Log of build 11" });
  expect(screen.queryByRole("link", { name: /^Try it/ })).toBeNull();
  expect(screen.queryByRole("button", { name: /^Publish/ })).toBeNull();
});

test("one reads what is wrong with an image before one is asked to publish it", async () => {
  open(aBuild(12, { published_at: null, warnings: ["It listens on no port."] }));
  const waits = await screen.findByText(/^Build 12 is not published/);
  const warning = screen.getByText("It listens on no port.");
  expect(warning.compareDocumentPosition(waits)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
});

test("what somebody else publishes is no longer said to wait", async () => {
  let published_at: string | null = null;
  const { client } = open(aBuild(12), {
    answers: { "GET /api/builds/12": () => aBuild(12, { published_at }) },
  });
  expect(await screen.findByText(/^Build 12 is not published/)).toBeVisible();
  published_at = "2026-03-02T00:00:00Z";
  apply(client, { type: "environment", environment: "waves" });
  await waitFor(() => expect(screen.queryByText(/^Build 12 is not published/)).toBeNull());
});

/** A build that was to bring build 9 back, and failed. */
const notBack = (changes: Partial<Build> = {}) =>
  aBuild(15, { status: "failed", trigger: "resume", origin_build: 9, image: null, ...changes });

test("what was to bring an older build back and failed is tried again as that, for nobody else", async () => {
  const old = aBuild(9, { image_removed_at: "2026-03-02T00:00:00Z" });
  const { requests, address } = open(notBack({ ref: old.resolved_ref ?? "" }), {
    current: aBuild(12),
    answers: {
      "GET /api/builds/9": old,
      "POST /api/builds/9/restore": aBuild(16, { status: "queued" }),
    },
  });
  await userEvent.click(
    await screen.findByRole("button", { name: "Build this commit again (build 9)" }),
  );
  expect(screen.getByText("Building a commit again changes nothing for users.")).toBeVisible();
  await waitFor(() => expect(address.history?.at(-1)).toBe("/builds/16"));
  expect(screen.queryByRole("button", { name: /^Try again/ })).toBeNull();
  const sent = requests.filter(({ method }) => method === "POST");
  expect(sent.map(({ url }) => new URL(url).pathname)).toEqual([
    expect.stringMatching(/\/api\/builds\/9\/restore$/),
  ]);
});

test.each([
  ["is another environment's", aBuild(9, { environment: "tides" })],
  ["may not be seen", () => refuse(404, "There is no build 9.")],
])("a copy that failed is built again, also where its original %s", async (_, origin) => {
  open(notBack(), { answers: { "GET /api/builds/9": origin } });
  expect(await screen.findByRole("button", { name: "Try again" })).toBeVisible();
});

test("a build whose image is gone says that it can be had again, and who can ask for that", async () => {
  const build = aBuild(12, { image_removed_at: "2026-03-02T00:00:00Z" });
  const { unmount } = open(build, { current: aBuild(13) });
  expect(
    await screen.findByRole("button", { name: "Build this commit again (build 12)" }),
  ).toBeVisible();
  expect(screen.getByText("Building a commit again changes nothing for users.")).toBeVisible();
  unmount();
  page.user = { name: "grace", admin: false, mayBuild: false };
  open(build, { current: aBuild(13) });
  expect(await screen.findByText("barbara or an admin can bring its image back.")).toBeVisible();
  expect(screen.queryByRole("button", { name: /^Build this commit/ })).toBeNull();
});

test("a build of an image names the image, and is tried again without a ref", async () => {
  const image = "quay.io/jupyter/scipy-notebook:lab";
  const build = aBuild(12, { status: "failed", repo_url: "", source_image: image, ref: "lab" });
  const { requests } = open(build, {
    answers: {
      "GET /api/environments/waves": { ...anEnvironment(null, build), image, repo_url: "" },
      "POST /api/environments/waves/builds": aBuild(13, { status: "queued" }),
    },
  });
  expect(await screen.findByText(image)).toBeVisible();
  expect(screen.queryByText("Repository")).toBeNull();
  await userEvent.click(await screen.findByRole("button", { name: "Try again" }));
  await waitFor(() => expect(requests.some(({ method }) => method === "POST")).toBe(true));
  const sent = requests.find(({ method }) => method === "POST");
  expect(await sent?.json()).toEqual({ no_cache: false });
});

test("a build that waits says where it is in the queue, and how long it usually takes", async () => {
  open(running({ status: "queued", position: 3, started_at: null }), { earlier: [aBuild(11)] });
  expect(await screen.findByText("Number 3 in the queue")).toBeVisible();
  expect(await screen.findByText("(usually takes 40 s)")).toBeVisible();
  expect(screen.getByText("The log begins when it is the build’s turn.")).toBeVisible();
});

test("what was installed can be downloaded, and steps say what they have added", async () => {
  const log = new ALog().step("a", "done", { size: 3 * 2 ** 20 }).became("built");
  open(aBuild(12, { package_count: 143 }), { log });
  const packages = await screen.findByRole("link", { name: "143" });
  expect(packages).toHaveAttribute("href", expect.stringMatching(/\/api\/builds\/12\/packages$/));
  expect(await screen.findByText("3 MiB")).toBeVisible();
});

test("a build that runs says its step, and about how long it still takes", async () => {
  open(running({ progress: { step: 3, total: 7, name: "RUN pip install" } }), {
    earlier: [aBuild(11)],
  });
  expect(await screen.findByText("Step 3 of 7: RUN pip install")).toBeVisible();
  expect(await screen.findByText(/^\(about \d+ s left\)$/)).toBeVisible();
});

test("a build that runs longer than usual says so", async () => {
  const started_at = new Date(Date.now() - 100_000).toISOString();
  open(running({ started_at }), { earlier: [aBuild(11)] });
  expect(await screen.findByText("(longer than usual, which is 40 s)")).toBeVisible();
});

test("a build is cancelled once, however often one clicks", async () => {
  const { requests } = open(running(), {
    log: new ALog(),
    answers: { "POST /api/builds/12/cancel": () => new Promise(() => undefined) },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Cancel the build" }));
  const busy = screen.getByRole("button", { name: "Cancelling…" });
  expect(busy).toBeDisabled();
  await userEvent.click(busy);
  expect(requests.filter(({ method }) => method === "POST")).toHaveLength(1);
});

test("a build that cannot be cancelled says why", async () => {
  open(running(), {
    log: new ALog(),
    answers: { "POST /api/builds/12/cancel": refuse(409, "Build 12 has already ended.") },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Cancel the build" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Build 12 has already ended.");
});

test("who may not manage the environment can only look", async () => {
  page.user = { name: "grace", admin: false, mayBuild: false };
  open(running(), { log: new ALog(), earlier: [aBuild(11)] });
  await screen.findByRole("link", { name: "Log of build 11" });
  expect(screen.queryByRole("button", { name: /Cancel/ })).toBeNull();
  expect(screen.queryByRole("button", { name: /Roll back/ })).toBeNull();
});

test("a build that somebody else cancels just shows so", async () => {
  const build = running();
  const { client } = open(build, { log: new ALog() });
  await screen.findByRole("button", { name: "Cancel the build" });
  const cancelled: Build = {
    ...build,
    status: "cancelled",
    error: "The build was cancelled by eve.",
  };
  apply(client, { type: "build", environment: "waves", build: cancelled });
  expect(await screen.findByText("The build was cancelled by eve.")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Cancel the build" })).toBeNull();
});

test("a build that waits moves up when another one leaves the queue", async () => {
  const waiting = aBuild(12, { status: "queued", started_at: null, finished_at: null });
  let position = 2;
  const { client } = open(waiting, {
    log: new ALog(),
    answers: { "GET /api/builds/12": () => ({ ...waiting, position }) },
  });
  await screen.findByText("Number 2 in the queue");
  position = 1;
  const other = aBuild(11, { environment: "tides", status: "cancelled" });
  apply(client, { type: "build", environment: "tides", build: other });
  expect(await screen.findByText("Number 1 in the queue")).toBeVisible();
});

test("a build that failed says why, and is tried again as it was", async () => {
  const failed = aBuild(12, {
    status: "failed",
    error: "There is no package 'nonesuch'.",
    no_cache: true,
  });
  const { requests, address } = open(failed, {
    answers: { "POST /api/environments/waves/builds": aBuild(13, { status: "queued" }) },
  });
  expect(
    await screen.findByText("There is no package 'nonesuch'.", { selector: "p" }),
  ).toBeVisible();
  expect(await screen.findByRole("link", { name: "Change the environment" })).toHaveAttribute(
    "href",
    "/environments/waves/edit",
  );
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(address.history?.at(-1)).toBe("/builds/13"));
  const sent = requests.find(({ method }) => method === "POST");
  expect(await sent?.json()).toEqual({ ref: "main", no_cache: true });
});

test("trying again names the ref where the environment has another one by now", async () => {
  open(aBuild(12, { status: "failed", ref: "mian" }));
  expect(await screen.findByRole("button", { name: "Try again with mian" })).toBeVisible();
});

test("a build that is not tried again says why", async () => {
  open(aBuild(12, { status: "failed" }), {
    answers: { "POST /api/environments/waves/builds": refuse(409, "Build 13 is running.") },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Build 13 is running.");
  expect(screen.getByRole("button", { name: "Try again" })).toBeEnabled();
});

test("a failed build that others came after leads to the latest", async () => {
  open(aBuild(12, { status: "failed" }), { last: aBuild(14) });
  expect(await screen.findByRole("link", { name: "Go to build 14, the latest" })).toHaveAttribute(
    "href",
    "/builds/14",
  );
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
});

test("a build that is not there, or not for the reader, leads back", async () => {
  open(aBuild(12), { answers: { "GET /api/builds/12": refuse(404, "There is no build 12.") } });
  expect(await screen.findByRole("heading", { name: "There is no such build" })).toBeVisible();
  expect(screen.getByRole("link", { name: "Go to the environments" })).toHaveAttribute("href", "/");
});

test("a build that could not be read can be asked for again", async () => {
  const answers = {
    "GET /api/builds/12": vi.fn(() => refuse(503, "The database is away.") as unknown),
  };
  open(aBuild(12), { answers });
  expect(await screen.findByRole("alert")).toHaveTextContent("The database is away.");
  answers["GET /api/builds/12"].mockImplementation(() => aBuild(12));
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("heading", { name: "Build 12 of Waves and tides" })).toBeVisible();
});

const region = () => screen.findByRole("region", { name: "Log of build 12" });

/** A log with a step that is done, and one that failed. */
const failedLog = () =>
  new ALog()
    .printed("Cloning\n")
    .step("good", "running")
    .printed("all well\n", "good")
    .step("good", "done")
    .step("bad", "running")
    .printed("oh no\n", "bad")
    .step("bad", "failed")
    .printed("\nIt failed.\n")
    .became("failed");

test("the log shows the running step and closes it when it is done", async () => {
  const log = new ALog().step("a", "running").printed("one\n", "a");
  open(running(), { log });
  expect(await screen.findByText("one")).toBeVisible();
  expect(screen.getByRole("button", { name: /RUN a Running/ })).toHaveAttribute(
    "aria-expanded",
    "true",
  );
  log.printed("two\n", "a");
  expect(await screen.findByText("two")).toBeVisible();
  log.step("a", "done");
  await waitFor(() => expect(screen.queryByText("one")).toBeNull());
  await userEvent.click(screen.getByRole("button", { name: /RUN a Done/ }));
  expect(screen.getByText("one")).toBeVisible();
});

test("the log of a failed build is open where it failed", async () => {
  open(aBuild(12, { status: "failed" }), { log: failedLog() });
  expect(await screen.findByText("oh no")).toBeVisible();
  expect(screen.getByText("It failed.")).toBeVisible();
  expect(screen.queryByText("all well")).toBeNull();
  expect(screen.getByRole("button", { name: /RUN bad Failed/ })).toHaveAttribute(
    "aria-expanded",
    "true",
  );
});

test("an address leads to a line of a closed step", async () => {
  location.hash = "#step-1-L1";
  open(aBuild(12, { status: "failed" }), { log: failedLog() });
  expect(await screen.findByText("all well")).toBeVisible();
  expect(screen.getByRole("link", { name: "Line 1 of step 1" })).toHaveAttribute(
    "aria-current",
    "true",
  );
});

test("the line that an address leads to stays, although the rest of its step comes later", async () => {
  location.hash = "#step-1-L1";
  const log = new ALog().step("a", "running").printed("all well\n", "a");
  open(aBuild(12), { log });
  expect(await screen.findByText("all well")).toBeVisible();
  log.step("a", "done").became("built");
  expect(await screen.findByRole("button", { name: /RUN a Done/ })).toBeVisible();
  expect(screen.getByText("all well")).toBeVisible();
});

test("a search counts, opens the steps that hold the matches, and goes around", async () => {
  open(aBuild(12, { status: "failed" }), { log: failedLog() });
  await screen.findByText("oh no");
  const search = screen.getByRole("searchbox", { name: "Search the log" });
  await userEvent.type(search, "l");
  expect(await screen.findByText("6 matches")).toBeVisible();
  await userEvent.clear(search);
  await userEvent.type(search, "WELL");
  expect(await screen.findByText("1 match")).toBeVisible();
  expect(screen.queryByText("well", { selector: "mark *" })).toBeNull();
  await userEvent.keyboard("{Enter}");
  expect(screen.getByText("1 of 1")).toBeVisible();
  expect(screen.getByText("well", { selector: "mark *" })).toBeVisible();
  await userEvent.clear(search);
  await userEvent.type(search, "oh{Shift>}{Enter}{/Shift}");
  expect(screen.getByText("1 of 1")).toBeVisible();
  await userEvent.clear(search);
  await userEvent.type(search, "nonesuch");
  expect(await screen.findByText("No match")).toBeVisible();
  expect(screen.getByRole("button", { name: "Next match" })).toBeDisabled();
  await userEvent.keyboard("{Escape}");
  expect(search).toHaveValue("");
});

test("going back from no match begins with the last", async () => {
  open(aBuild(12, { status: "failed" }), { log: failedLog() });
  await screen.findByText("oh no");
  await userEvent.type(screen.getByRole("searchbox"), "l");
  await screen.findByText("6 matches");
  await userEvent.click(screen.getByRole("button", { name: "Previous match" }));
  expect(screen.getByText("6 of 6")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Next match" }));
  expect(screen.getByText("1 of 6")).toBeVisible();
});

test("arrows lead from the number of a line to the next, over the heads of steps", async () => {
  open(aBuild(12), {
    log: new ALog().printed("one\n").step("a", "done").printed("two\n").became("built"),
  });
  await screen.findByText("two");
  const number = (line: number) =>
    screen.getByRole("link", { name: `Line ${line} of the service` });
  expect(number(1)).toHaveAttribute("tabindex", "0");
  expect(number(2)).toHaveAttribute("tabindex", "-1");
  number(1).focus();
  await userEvent.keyboard("{ArrowDown}");
  await waitFor(() => expect(number(2)).toHaveFocus());
  expect(number(2)).toHaveAttribute("tabindex", "0");
  await userEvent.keyboard("{ArrowUp}");
  await waitFor(() => expect(number(1)).toHaveFocus());
});

test("the log can be copied and downloaded", async () => {
  const user = userEvent.setup();
  vi.stubGlobal("isSecureContext", true); // jsdom has none
  open(aBuild(12, { status: "failed" }), { log: failedLog() });
  await screen.findByText("oh no");
  await user.click(screen.getByRole("button", { name: "Copy the log" }));
  expect(await navigator.clipboard.readText()).toBe("Cloning\nall well\noh no\nIt failed.\n");
  const download = screen.getByRole("link", { name: "Download the log" });
  expect(download).toHaveAttribute("download", "waves-build-12.log");
  expect(download.getAttribute("href")).toMatch(/\/services\/envbuilder\/api\/builds\/12\/log$/);
});

test("a log whose connection is lost says so, and goes on without a gap or a repeat", async () => {
  const log = new ALog().printed("one\n");
  open(running(), { log });
  await screen.findByText("one");
  log.cut();
  expect(await screen.findByText(/The connection is lost/)).toBeVisible();
  log.printed("two\n");
  expect(await screen.findByText("two", {}, { timeout: 3000 })).toBeVisible();
  expect(screen.getAllByText("one")).toHaveLength(1);
  expect(screen.queryByText(/The connection is lost/)).toBeNull();
  expect(log.asked).toEqual([null, "1"]);
});

test("a log that is refused says why, and can be asked for again", async () => {
  const log = failedLog();
  let isAway = true;
  open(aBuild(12), {
    answers: {
      "GET /api/builds/12/log": (request: Request) =>
        isAway ? refuse(403, "You may not.") : log.answer(request),
    },
  });
  expect(await screen.findByRole("alert")).toHaveTextContent("You may not.");
  isAway = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(within(await region()).getByText("Cloning")).toBeVisible();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("the end of the log is the end of the build, also where other news are late", async () => {
  const log = new ALog().printed("one\n");
  const build = running();
  let now: Build = build;
  open(build, { log, answers: { "GET /api/builds/12": () => now } });
  await screen.findByText("one");
  now = aBuild(12);
  log.became("built");
  expect(await screen.findByText("hub/waves:8f3c2d1")).toBeVisible();
});
