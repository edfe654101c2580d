import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { refuse, serve, show } from "../../../tests/server";
import { aGate, aLaunchable, aProgress, aServer } from "../../../tests/servers";
import type { ServerDetail } from "../../api/schema";
import { Notices } from "../../ui/notices";
import ServersPage from "./servers-page";

const PROFILES = {
  items: [
    { label: "Small", mem_limit: 2 ** 29, default: true },
    { label: "Large", mem_limit: 2 ** 33 },
  ],
  free_size: null,
};

const NEVER = () => new Promise(() => undefined);

type Answers = Parameters<typeof serve>[0];

function open(servers: ServerDetail[], more: Answers = {}, names = ["course", "thesis"]) {
  const items = names.map((name) => aLaunchable(name));
  const requests = serve({
    "GET /api/servers": { items: servers },
    "GET /api/environments": { items, total: items.length },
    "GET /api/profiles": PROFILES,
    "GET /api/environments/course": aLaunchable("course"),
    "GET /api/server-progress": () => new Promise(() => undefined),
    ...more,
  });
  show(
    <>
      <ServersPage />
      <Notices />
    </>,
  );
  return requests;
}

const sent = (requests: Request[], method: string) =>
  requests.filter((each) => each.method === method);

test("a server is shown with what it runs and uses", async () => {
  open([aServer()]);
  const card = await screen.findByRole("article", { name: "Default server" });
  expect(within(card).getByText("Running")).toBeVisible();
  expect(within(card).getByRole("link", { name: "The Course" })).toHaveAttribute(
    "href",
    "/environments/course",
  );
  expect(within(card).getByText("8f3c2d1")).toBeVisible();
  expect(within(card).getByText("128 MiB of 512 MiB")).toBeVisible();
  expect(within(card).getByText("0.12 of 2 cores")).toBeVisible();
  const link = within(card).getByRole("link", { name: "Open Default server" });
  expect(link).toHaveAttribute("href", "/user/ada/");
});

test("what is not known of a server is left out", async () => {
  const unknown = { memory_used: null, cpu_used: null, resolved_ref: null, started_at: null };
  open([aServer({ ...unknown, last_activity: null, profile: null })]);
  await screen.findByRole("article");
  for (const words of ["Memory", "CPU", "Commit", "Started", "Machine", "Last activity"]) {
    expect(screen.queryByText(words)).toBeNull();
  }
});

test("a server without a limit shows what it uses", async () => {
  open([aServer({ mem_limit: null, cpu_limit: null, cpu_used: 1 })]);
  expect(await screen.findByText("128 MiB")).toBeVisible();
  expect(screen.getByText("1 core")).toBeVisible();
});

test("nearly full memory is said in words", async () => {
  open([aServer({ memory_used: 500 * 2 ** 20 })]);
  expect(await screen.findByText(/Almost full/)).toBeVisible();
});

test("an outdated server says what to do", async () => {
  open([aServer({ outdated: true })]);
  expect(await screen.findByText(/restart the server to get it/)).toBeVisible();
});

test("a test server says that its files go with it, and leads to its build", async () => {
  open([aServer({ chosen_build: 7, is_test: true })]);
  const notice = await screen.findByText(/^A test server: its files go with it/);
  expect(within(notice).getByRole("link", { name: "See build 7" })).toHaveAttribute(
    "href",
    "/builds/7",
  );
  expect(screen.queryByText("Started from")).toBeNull();
});

test("a server of a build that was chosen says which, and that it stays", async () => {
  open([aServer({ chosen_build: 4, build: 4 })]);
  const card = await screen.findByRole("article");
  expect(within(card).getByText(/which a restart keeps/)).toHaveTextContent("Build 4, which");
  expect(within(card).getByRole("link", { name: "Build 4" })).toHaveAttribute("href", "/builds/4");
  expect(screen.queryByText(/^A test server/)).toBeNull();
});

test("a server of an environment that one may not see cannot be restarted, but stopped", async () => {
  open([aServer({ display_name: null, environment: "secret" })]);
  expect(await screen.findByText(/^secret \(removed/)).toBeVisible();
  expect(screen.queryByRole("button", { name: /Restart/ })).toBeNull();
  expect(screen.getByRole("button", { name: "Stop Default server" })).toBeEnabled();
});

test("a server that stops can neither be opened nor stopped again", async () => {
  open([aServer({ pending: "stop", ready: false })]);
  expect(await screen.findByText("Stopping")).toBeVisible();
  expect(screen.queryByRole("link", { name: /^Open/ })).toBeNull();
  expect(screen.getByRole("button", { name: /^Stop/ })).toBeDisabled();
});

test("each button says which server it is for", async () => {
  open([aServer(), aServer({ server_name: "second" })]);
  await screen.findByRole("article", { name: "second" });
  const names = screen.getAllByRole("button").map((each) => each.textContent);
  expect(new Set(names).size).toBe(names.length);
});

test("stopping a server tells when it has stopped, once", async () => {
  const gate = aGate();
  let servers = [aServer(), aServer({ server_name: "second" })];
  const requests = open([], {
    "GET /api/servers": () => ({ items: servers }),
    "DELETE /api/servers/second": () => gate.opened.then(() => new Response(null, { status: 204 })),
  });
  const stop = await screen.findByRole("button", { name: "Stop second" });
  await userEvent.dblClick(stop);
  expect(stop).toBeDisabled();
  servers = servers.slice(0, 1);
  gate.open();
  expect(await screen.findByText("second is stopped.")).toBeVisible();
  await waitFor(() => expect(screen.queryByRole("article", { name: "second" })).toBeNull());
  expect(sent(requests, "DELETE")).toHaveLength(1);
  expect(screen.getByRole("region", { name: "Your servers" })).toHaveFocus();
});

test("a stop that is refused says why at the server", async () => {
  open([aServer()], { "DELETE /api/servers/": refuse(503, "The Hub does not answer.") });
  await userEvent.click(await screen.findByRole("button", { name: "Stop Default server" }));
  const card = await screen.findByRole("article");
  expect(await within(card).findByRole("alert")).toHaveTextContent("The Hub does not answer.");
  expect(screen.getByRole("button", { name: "Stop Default server" })).toBeEnabled();
});

test("a restart stops the server and starts it with the same choice", async () => {
  let servers: ServerDetail[] = [aServer({ server_name: "second", profile: "Large" })];
  const requests = open([], {
    "GET /api/servers": () => ({ items: servers }),
    "DELETE /api/servers/second": () => {
      servers = [];
      return new Response(null, { status: 204 });
    },
    "POST /api/servers": () => new Promise(() => undefined),
  });
  await userEvent.click(await screen.findByRole("button", { name: "Restart second" }));
  expect(await screen.findByText("Starting The Course")).toBeVisible();
  const [post] = sent(requests, "POST");
  expect(await post?.json()).toEqual({
    environment: "course",
    build: null,
    profile: "Large",
    server_name: "second",
  });
});

test.each([
  ["stays with a build that was chosen", { chosen_build: 6, build: 6 }, 6],
  ["is from the current build where none was", { build: 6, outdated: true }, null],
])("a restart %s", async (_, what, build) => {
  let servers: ServerDetail[] = [aServer(what)];
  const requests = open([], {
    "GET /api/servers": () => ({ items: servers }),
    "DELETE /api/servers/": () => {
      servers = [];
      return new Response(null, { status: 204 });
    },
    "POST /api/servers": NEVER,
  });
  await userEvent.click(await screen.findByRole("button", { name: "Restart Default server" }));
  await waitFor(() => expect(sent(requests, "POST")).toHaveLength(1));
  expect(await sent(requests, "POST")[0]?.json()).toMatchObject({ build });
});

test("without a server the page offers to start one", async () => {
  const requests = open([], {
    "POST /api/servers": () => new Promise(() => undefined),
  });
  expect(await screen.findByText(/You have no server/)).toBeVisible();
  const start = await screen.findByRole("button", { name: "Start" });
  await userEvent.click(start);
  expect(screen.getByText("Choose an environment.")).toBeVisible();
  expect(sent(requests, "POST")).toHaveLength(0);
  await userEvent.click(screen.getByRole("radio", { name: "thesis" }));
  await userEvent.selectOptions(await screen.findByRole("combobox", { name: "Machine" }), "Large");
  await userEvent.click(start);
  expect(await screen.findByText("Starting thesis")).toBeVisible();
  const [post] = sent(requests, "POST");
  expect(await post?.json()).toEqual({ environment: "thesis", profile: "Large", server_name: "" });
});

test("what one starts can be opened once it is ready", async () => {
  let servers: ServerDetail[] = [];
  open([], {
    "GET /api/servers": () => ({ items: servers }),
    "POST /api/servers": { server_name: "mine", url: "/hub/spawn-pending/ada/mine", ready: false },
    "GET /api/server-progress": () => {
      servers = [aServer({ server_name: "mine" })];
      return aProgress({ progress: 50, message: "Half." }, { progress: 100, ready: true });
    },
  });
  await userEvent.click(await screen.findByRole("radio", { name: "course" }));
  await userEvent.type(screen.getByRole("textbox", { name: /Server name/ }), "mine");
  await userEvent.click(screen.getByRole("button", { name: "Start" }));
  expect(await screen.findByRole("progressbar", { name: "Starting course" })).toBeVisible();
  expect(await screen.findByRole("link", { name: "Open mine" })).toBeVisible();
  expect(await screen.findByText("mine is ready.")).toBeVisible();
});

test("a start that fails says why, and can be tried again or dismissed", async () => {
  const requests = open([], { "POST /api/servers": () => refuse(409, "The disk is full.") });
  await userEvent.click(await screen.findByRole("radio", { name: "course" }));
  await userEvent.click(screen.getByRole("button", { name: "Start" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("The disk is full.");
  await userEvent.click(screen.getByRole("button", { name: /^Try again/ }));
  await waitFor(() => expect(sent(requests, "POST")).toHaveLength(2));
  await screen.findByRole("alert");
  await userEvent.click(screen.getByRole("button", { name: /^Dismiss \(/ }));
  expect(await screen.findByText(/You have no server/)).toBeVisible();
});

test("a server that starts elsewhere is followed", async () => {
  open([aServer({ pending: "spawn", ready: false })], {
    "GET /api/server-progress": () => new Promise(() => undefined),
  });
  expect(await screen.findByRole("progressbar", { name: "Starting The Course" })).toBeVisible();
  expect(screen.getByRole("button", { name: /^Cancel the start/ })).toBeEnabled();
});

test("beside the default server another one gets a name, which may be changed", async () => {
  open([aServer(), aServer({ server_name: "thesis" })]);
  const another = await screen.findByRole("button", { name: "Start another server" });
  expect(another).toHaveAttribute("aria-expanded", "false");
  await userEvent.click(another);
  await userEvent.click(await screen.findByRole("radio", { name: "thesis" }));
  const name = screen.getByRole("textbox", { name: /Server name/ });
  expect(name).toHaveValue("thesis-2");
  await userEvent.clear(name);
  await userEvent.type(name, "my thesis");
  expect(name).toHaveAccessibleDescription(/Use letters, digits/);
  await userEvent.clear(name);
  await userEvent.type(name, "thesis");
  expect(name).toHaveAccessibleDescription(/thesis is in use/);
});

test("many environments can be searched, and what is chosen stays in sight", async () => {
  const names = ["a", "b", "c", "d", "e", "f", "g"];
  const requests = open(
    [],
    {
      "GET /api/environments": (request: Request) => {
        const q = new URL(request.url).searchParams.get("q") ?? "";
        const items = names.filter((name) => name.includes(q)).map((name) => aLaunchable(name));
        return { items, total: items.length };
      },
    },
    names,
  );
  await userEvent.click(await screen.findByRole("radio", { name: "a" }));
  const search = screen.getByRole("searchbox", { name: "Search the environments" });
  await userEvent.type(search, "g");
  expect(await screen.findByText("1 match")).toBeVisible();
  expect(screen.getAllByRole("radio")).toHaveLength(2);
  expect(screen.getByRole("radio", { name: "a" })).toBeChecked();
  await userEvent.type(search, "{Enter}");
  expect(screen.getByRole("radio", { name: "g" })).toBeChecked();
  expect(sent(requests, "POST")).toHaveLength(0);
  await userEvent.type(search, "zz");
  await userEvent.click(await screen.findByRole("button", { name: "Clear the search" }));
  await waitFor(() => expect(screen.getAllByRole("radio")).toHaveLength(7));
});

test("environments that were never built are not on offer", async () => {
  const items = [aLaunchable("course"), aLaunchable("new", { current_build: null })];
  open([], { "GET /api/environments": { items, total: 2 } });
  expect(await screen.findByRole("radio", { name: "course" })).toBeVisible();
  expect(screen.queryByRole("radio", { name: "new" })).toBeNull();
});

test("where there is nothing to start, the page says what to do first", async () => {
  open([], {}, []);
  expect(await screen.findByText(/no environment that you can start/)).toBeVisible();
  expect(screen.getByRole("link", { name: "Go to the environments" })).toBeVisible();
});

test("a list that cannot be had says why", async () => {
  open([], { "GET /api/servers": () => refuse(503, "The Hub does not answer.") });
  expect(await screen.findByRole("alert")).toHaveTextContent("The Hub does not answer.");
  expect(screen.queryByText(/You have no server/)).toBeNull();
});

test("a size of one's own is entered where the operator allows it, and nothing beyond", async () => {
  const own_size = { mem_limit: 3 * 2 ** 29, cpu_limit: null };
  const requests = open([], {
    "GET /api/profiles": { ...PROFILES, free_size: { mem_limit: 2 ** 33, cpu_limit: 4 } },
    "POST /api/servers": NEVER,
  });
  await userEvent.click(await screen.findByRole("radio", { name: "course" }));
  await userEvent.click(await screen.findByRole("checkbox", { name: "A size of my own instead" }));
  const memory = screen.getByRole("textbox", { name: "Memory" });
  expect(memory).toHaveAccessibleDescription("8 GiB at most.");
  await userEvent.type(memory, "16");
  const start = screen.getByRole("button", { name: "Start" });
  await userEvent.click(start);
  expect(memory).toBeInvalid();
  expect(sent(requests, "POST")).toHaveLength(0);
  await userEvent.clear(memory);
  await userEvent.type(memory, "1.5");
  expect(memory).toBeValid();
  await userEvent.click(start);
  const [post] = sent(requests, "POST");
  expect(await post?.json()).toEqual({
    environment: "course",
    profile: null,
    server_name: "",
    ...own_size,
  });
});

test("an environment with machines of its own has no other sizes", async () => {
  const environment = aLaunchable("course", { profiles: ["Small"] });
  open([], {
    "GET /api/profiles": { ...PROFILES, free_size: { mem_limit: 2 ** 33, cpu_limit: 4 } },
    "GET /api/environments": { items: [environment], total: 1 },
  });
  await userEvent.click(await screen.findByRole("radio", { name: "course" }));
  expect(await screen.findByRole("combobox", { name: "Machine" })).toBeVisible();
  expect(screen.queryByRole("checkbox")).toBeNull();
});

test("a restart asks for the size that was chosen", async () => {
  let servers = [aServer({ profile: null, own_size: { mem_limit: 2 ** 30, cpu_limit: null } })];
  const requests = open(servers, {
    "GET /api/servers": () => ({ items: servers }),
    "DELETE /api/servers/": () => {
      servers = [];
      return new Response(null, { status: 204 });
    },
    "POST /api/servers": NEVER,
  });
  expect(await screen.findByText("1 GiB")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Restart Default server" }));
  await waitFor(() => expect(sent(requests, "POST")).toHaveLength(1));
  expect(await sent(requests, "POST")[0]?.json()).toMatchObject({ mem_limit: 2 ** 30 });
});
