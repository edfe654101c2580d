import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { StrictMode } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import { Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";

import { aBuild } from "../../../tests/builds";
import { refuse, serve, show } from "../../../tests/server";
import { aGate, aLaunchable, aProgress, aServer } from "../../../tests/servers";
import { apply } from "../../api/live";
import type { Build, ServerDetail } from "../../api/schema";
import LaunchPage from "./launch-page";
import { leaveFor } from "./leave";

vi.mock("./leave", () => ({ leaveFor: vi.fn() }));
beforeEach(() => vi.mocked(leaveFor).mockClear());

const NEVER = () => new Promise(() => undefined);
const ASKED = { server_name: "", url: "/hub/spawn-pending/ada", ready: false };
const UNBUILT = { current_build: null, last_build: { id: 9 } as Build };

type Answers = Parameters<typeof serve>[0];

function launch(query: string, answers: Answers, servers: ServerDetail[] = []) {
  const requests = serve({
    "GET /api/servers": { items: servers },
    "GET /api/environments/course": aLaunchable("course", { display_name: "The Course" }),
    "GET /api/server-progress": () => new Promise(() => undefined),
    ...answers,
  });
  const location = memoryLocation({ path: `/launch?${query}`, record: true });
  const shown = show(
    <StrictMode>
      <Router hook={location.hook} searchHook={location.searchHook}>
        <LaunchPage />
      </Router>
    </StrictMode>,
  );
  return { ...shown, requests, location };
}

const posts = (requests: Request[]) => requests.filter((each) => each.method === "POST");

test("a server that runs the environment is opened at once", async () => {
  const { requests } = launch("environment=course", {}, [aServer({ url: "/user/ada/" })]);
  await waitFor(() => expect(leaveFor).toHaveBeenCalledWith("/user/ada/"));
  expect(posts(requests)).toHaveLength(0);
  expect(screen.getByRole("link", { name: "Open it now" })).toHaveAttribute("href", "/user/ada/");
});

test("a server is started once, shown while it starts, and then opened", async () => {
  const gate = aGate();
  const { requests } = launch("environment=course&profile=Large&server_name=b", {
    "POST /api/servers": () => gate.opened.then(() => ({ ...ASKED, server_name: "b" })),
    "GET /api/server-progress": () =>
      gate.opened.then(() =>
        aProgress({ progress: 60, message: "Half." }, { ready: true, url: "/user/ada/b/" }),
      ),
  });
  expect(await screen.findByRole("progressbar", { name: "Starting The Course" })).toBeVisible();
  expect(screen.getByText("Server: b · Machine: Large")).toBeVisible();
  expect(leaveFor).not.toHaveBeenCalled();
  gate.open();
  await waitFor(() => expect(leaveFor).toHaveBeenCalledWith("/user/ada/b/"));
  expect(posts(requests)).toHaveLength(1);
  const asked = { environment: "course", build: null, profile: "Large", server_name: "b" };
  expect(await posts(requests)[0]?.json()).toEqual(asked);
});

test("a start that goes on already is joined", async () => {
  const { requests } = launch(
    "environment=course",
    { "GET /api/server-progress": () => aProgress({ ready: true, url: "/user/ada/" }) },
    [aServer({ ready: false, pending: "spawn" })],
  );
  await waitFor(() => expect(leaveFor).toHaveBeenCalledWith("/user/ada/"));
  expect(posts(requests)).toHaveLength(0);
});

test("a failed start says why, and is tried again only when asked", async () => {
  const { requests } = launch("environment=course", {
    "POST /api/servers": () => refuse(409, "The disk is full."),
  });
  expect(await screen.findByRole("alert")).toHaveTextContent("The disk is full.");
  expect(posts(requests)).toHaveLength(1);
  await userEvent.click(screen.getByRole("button", { name: /^Try again/ }));
  await waitFor(() => expect(posts(requests)).toHaveLength(2));
});

test("a cancelled launch starts nothing until it is launched again", async () => {
  const { requests } = launch("environment=course", {
    "POST /api/servers": NEVER,
    "DELETE /api/servers/": () => new Response(null, { status: 204 }),
  });
  await userEvent.click(await screen.findByRole("button", { name: /^Cancel the start/ }));
  const again = await screen.findByRole("button", { name: "Launch again" });
  expect(posts(requests)).toHaveLength(1);
  await userEvent.click(again);
  await waitFor(() => expect(posts(requests)).toHaveLength(2));
});

const OTHER = aServer({ environment: "thesis", display_name: "Thesis", url: "/user/ada/" });

test("where another environment runs, the person decides", async () => {
  const { requests } = launch("environment=course", {}, [OTHER]);
  expect(await screen.findByText("Default server runs Thesis.")).toBeVisible();
  expect(screen.getByRole("link", { name: "Open Thesis" })).toHaveAttribute("href", "/user/ada/");
  expect(posts(requests)).toHaveLength(0);
  expect(leaveFor).not.toHaveBeenCalled();
});

test("it can be started beside the other one, under a name", async () => {
  const { requests, location } = launch("environment=course", { "POST /api/servers": NEVER }, [
    OTHER,
  ]);
  await userEvent.click(await screen.findByRole("button", { name: /beside it, as “course”/ }));
  await waitFor(() => expect(posts(requests)).toHaveLength(1));
  expect(await posts(requests)[0]?.json()).toMatchObject({ server_name: "course" });
  expect(location.history).toHaveLength(1);
});

test("the other one can be stopped, and then the launch goes on", async () => {
  let servers = [OTHER];
  const { requests } = launch("environment=course", {
    "GET /api/servers": () => ({ items: servers }),
    "POST /api/servers": NEVER,
    "DELETE /api/servers/": () => {
      servers = [];
      return new Response(null, { status: 204 });
    },
  });
  await userEvent.click(
    await screen.findByRole("button", { name: "Stop it and start The Course" }),
  );
  await waitFor(() => expect(posts(requests)).toHaveLength(1));
  expect(await posts(requests)[0]?.json()).toMatchObject({ server_name: "" });
});

test("a server that stops is waited for", async () => {
  const { requests } = launch("environment=course", {}, [
    aServer({ ready: false, pending: "stop" }),
  ]);
  expect(await screen.findByText(/still stopping/)).toBeVisible();
  expect(posts(requests)).toHaveLength(0);
});

test.each([404, 400])("an environment that is not there (%d) leads back", async (status) => {
  launch("environment=course", { "GET /api/environments/course": refuse(status, "No.") });
  expect(await screen.findByRole("heading", { name: "No such environment" })).toBeVisible();
  expect(screen.getByRole("link", { name: "See the environments" })).toHaveAttribute("href", "/");
});

test("an environment that is being built is launched as soon as there is a build", async () => {
  let environment = aLaunchable("course", { ...UNBUILT, status: "building" });
  const { client, requests } = launch("environment=course", {
    "GET /api/environments/course": () => environment,
    "POST /api/servers": NEVER,
  });
  expect(await screen.findByText(/is being built/)).toBeVisible();
  expect(screen.getByRole("link", { name: "See the build" })).toHaveAttribute("href", "/builds/9");
  expect(posts(requests)).toHaveLength(0);
  environment = aLaunchable("course");
  apply(client, { type: "environment", environment: "course", build: null });
  await waitFor(() => expect(posts(requests)).toHaveLength(1));
});

test("an environment that could not be built says so", async () => {
  launch("environment=course", {
    "GET /api/environments/course": aLaunchable("course", { ...UNBUILT, status: "failed" }),
  });
  expect(await screen.findByText(/could not be built/)).toBeVisible();
});

test("without an environment one is chosen, and then launched", async () => {
  const { location } = launch("", {
    "GET /api/environments": { items: [aLaunchable("course")], total: 1 },
    "GET /api/profiles": { items: [], free_size: null },
    "POST /api/servers": NEVER,
  });
  await userEvent.click(await screen.findByRole("radio", { name: "course" }));
  await userEvent.click(screen.getByRole("button", { name: "Start" }));
  expect(location.history.at(-1)).toBe("/launch?environment=course&server_name=");
  expect(await screen.findByRole("heading", { name: "Launch The Course" })).toBeVisible();
});

test("a Hub that does not answer is told, with a way on", async () => {
  launch("environment=course", {
    "GET /api/servers": () => refuse(503, "The Hub does not answer."),
  });
  expect(await screen.findByRole("alert")).toHaveTextContent("The Hub does not answer.");
  expect(screen.getByRole("button", { name: "Try again" })).toBeVisible();
});

test("a build is started also where nothing is published", async () => {
  const environment = aLaunchable("course", {
    ...UNBUILT,
    display_name: "The Course",
    status: "unpublished",
  });
  const { requests } = launch("environment=course&build=9", {
    "GET /api/environments/course": environment,
    "POST /api/servers": NEVER,
  });
  expect(
    await screen.findByRole("heading", { name: "Launch build 9 of The Course" }),
  ).toBeVisible();
  await waitFor(() => expect(posts(requests)).toHaveLength(1));
  expect(await posts(requests)[0]?.json()).toMatchObject({ environment: "course", build: 9 });
});

test("where another build runs, the person decides which of them it is to be", async () => {
  const answers = { "GET /api/builds/9": aBuild(9), "POST /api/servers": NEVER };
  const { requests } = launch("environment=course&build=9", answers, [aServer({ build: 7 })]);
  expect(await screen.findByText("Default server runs build 7 of The Course.")).toBeVisible();
  await userEvent.click(
    screen.getByRole("button", { name: "Start build 9 of The Course beside it, as “course”" }),
  );
  await waitFor(() => expect(posts(requests)).toHaveLength(1));
  expect(await posts(requests)[0]?.json()).toMatchObject({ build: 9, server_name: "course" });
});

const TEST = aServer({ chosen_build: 9, build: 9, is_test: true });

test("a launch of the environment does not end in a server that tries a build", async () => {
  const { requests } = launch("environment=course", {}, [TEST]);
  expect(await screen.findByText("Default server runs build 9 of The Course.")).toBeVisible();
  expect(screen.getByText(/a test server: all its files go with it/)).toBeVisible();
  expect(screen.getByText(/A test server has files of its own/)).toBeVisible();
  expect(screen.queryByText(/your files/)).toBeNull();
  expect(posts(requests)).toHaveLength(0);
  expect(leaveFor).not.toHaveBeenCalled();
});

test("a launch of the environment does not go along with the start of one", async () => {
  const starts = { ...TEST, ready: false, pending: "spawn" } as const;
  const { location } = launch("environment=course&build=9", {}, [starts]);
  expect(await screen.findByRole("progressbar")).toBeVisible();
  act(() => location.navigate("/launch?environment=course"));
  expect(await screen.findByText("Default server runs build 9 of The Course.")).toBeVisible();
});

test.each([
  ["a test server", null, /A test server has files of its own/],
  ["an older build", "2026-03-01T12:00:42Z", /your files are the same in both/],
])("beside another server, %s says whose its files are", async (_, published_at, text) => {
  launch("environment=course&build=9", { "GET /api/builds/9": aBuild(9, { published_at }) }, [
    OTHER,
  ]);
  expect(await screen.findByText(text)).toBeVisible();
  expect(screen.getByText(/your files stay/)).toBeVisible();
});

test("the start of a build that was chosen is shown to who launches the environment", async () => {
  const starts = aServer({ chosen_build: 6, build: 6, ready: false, pending: "spawn" });
  const { requests } = launch("environment=course", {}, [starts]);
  expect(await screen.findByRole("progressbar", { name: "Starting The Course" })).toBeVisible();
  expect(posts(requests)).toHaveLength(0);
});

test("an environment that is not published says so to those who wait for it", async () => {
  launch("environment=course", {
    "GET /api/environments/course": aLaunchable("course", {
      ...UNBUILT,
      status: "unpublished",
      waiting_build: { id: 8 } as Build,
    }),
  });
  expect(await screen.findByText(/is not published yet/)).toBeVisible();
  expect(screen.getByText("Not published yet")).toBeVisible();
  expect(screen.getByRole("link", { name: "See the build" })).toHaveAttribute("href", "/builds/8");
});
