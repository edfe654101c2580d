import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, test } from "vitest";
import { Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";

import { aBuild, inRegistry } from "../../../tests/builds";
import { aRunningBuild, aWhole } from "../../../tests/environments";
import { refuse, serve, show } from "../../../tests/server";
import { apply } from "../../api/live";
import { page } from "../../api/page";
import type { Environment } from "../../api/schema";
import { Notices } from "../../ui/notices";
import { EnvironmentsPage } from "./environments-page";

const ADA = { ...page.user };
const GRACE = { name: "grace", admin: false, mayBuild: false };
afterEach(() => {
  page.user = ADA;
});

type Answers = Parameters<typeof serve>[0];

function open(environments: Environment[] | null, answers: Answers = {}, at = "/") {
  const [path = "/", searchPath] = at.split("?");
  const requests = serve({
    ...(environments && {
      "GET /api/environments": { items: environments, total: environments.length },
    }),
    ...answers,
  });
  const address = memoryLocation({ path, ...(searchPath && { searchPath }), record: true });
  const shown = show(
    <Router hook={address.hook} searchHook={address.searchHook}>
      <EnvironmentsPage />
      <Notices />
    </Router>,
  );
  const asked = () =>
    requests
      .filter(({ method, url }) => method === "GET" && url.includes("/api/environments?"))
      .map(({ url }) => new URL(url).searchParams);
  const sent = (method: string) => requests.filter((each) => each.method === method);
  return { ...shown, requests, address, asked, sent };
}

async function rowOf(name: string): Promise<HTMLElement> {
  const row = (await screen.findByRole("link", { name })).closest("tr");
  if (!row) throw new Error(`${name} is not in the list.`);
  return row;
}

const openMenu = (name: string) =>
  userEvent.click(screen.getByRole("button", { name: `More actions for ${name}` }));

describe("what the list shows", () => {
  test("an environment with its source, image and people", async () => {
    open([
      aWhole("waves", {
        description: "Physics of waves",
        visibility: { everyone: false, users: ["grace", "linus"], groups: ["lecturers"] },
      }),
    ]);
    const row = await rowOf("Waves");
    expect(within(row).getByText("Physics of waves")).toBeVisible();
    expect(within(row).getByRole("link", { name: "Waves" })).toHaveAttribute(
      "href",
      "/environments/waves",
    );
    expect(within(row).getByRole("link", { name: "github.com/o/r" })).toHaveAttribute(
      "href",
      "https://github.com/o/r",
    );
    expect(within(row).getByRole("link", { name: "main of github.com/o/r" })).toHaveAttribute(
      "href",
      "https://github.com/o/r/tree/main",
    );
    const commit = within(row).getByRole("link", { name: "8f3c2d1, commit of github.com/o/r" });
    expect(commit).toHaveAttribute("href", expect.stringMatching(/\/o\/r\/commit\/8f3c2d1e5a/));
    expect(within(row).getByText("3 GiB")).toBeVisible();
    expect(within(row).getByText("ada")).toBeVisible();
    expect(within(row).getByText("2 users, 1 group")).toHaveAttribute(
      "title",
      "grace, linus, lecturers",
    );
    expect(screen.getByText("1 environment")).toBeVisible();
  });

  test("a ready environment that is being rebuilt is both, with the step that runs", async () => {
    const last_build = aRunningBuild(2, { progress: { step: 7, total: 23, name: "RUN conda" } });
    open([aWhole("waves", { status: "building", last_build })]);
    const row = await rowOf("Waves");
    expect(within(row).getByRole("status")).toHaveTextContent("Waves: ✓ Ready↻ Building");
    expect(within(row).getByText("Step 7 of 23")).toBeVisible();
    expect(within(row).getByText("RUN conda")).toBeVisible();
    expect(within(row).getByRole("timer")).toBeVisible();
    const bar = within(row).getByRole("progressbar", { name: "Progress of the build of Waves" });
    expect(bar).toHaveAttribute("aria-valuenow", "26"); // six of 23 are done
    expect(within(row).getByRole("link", { name: "Start Waves" })).toBeVisible();
  });

  test("a step without a total has a bar that claims nothing", async () => {
    const last_build = aRunningBuild(2, { progress: { step: 2, total: null, name: "pull" } });
    open([aWhole("waves", { status: "building", current_build: null, last_build })]);
    const row = await rowOf("Waves");
    expect(within(row).getByText("Step 2")).toBeVisible();
    expect(within(row).getByRole("progressbar")).not.toHaveAttribute("aria-valuenow");
  });

  test("a build that waits says its place in the queue", async () => {
    const last_build = aRunningBuild(2, { status: "queued", position: 3, started_at: null });
    open([aWhole("waves", { status: "queued", current_build: null, last_build })]);
    const row = await rowOf("Waves");
    expect(within(row).getByRole("status")).toHaveTextContent("Waves: … Waiting");
    expect(within(row).getByText("Number 3 in the queue")).toBeVisible();
    expect(within(row).getByText("No image yet")).toBeVisible();
  });

  test("one that is built and not published leads to where it is tried and published", async () => {
    const waiting_build = aBuild(2, { published_at: null });
    const nothing = { current_build: null, last_build: waiting_build };
    open([aWhole("waves", { status: "unpublished", ...nothing, waiting_build })]);
    const row = await rowOf("Waves");
    expect(within(row).getByRole("status")).toHaveTextContent("Waves: ◌ Not published yet");
    expect(within(row).queryByText("No image yet")).toBeNull();
    expect(within(row).queryByRole("link", { name: /Start/ })).toBeNull();
    expect(within(row).getByRole("link", { name: "Try or publish Waves" })).toHaveAttribute(
      "href",
      "/builds/2",
    );
  });

  test("a new build that users do not get yet is said beside the one that they get", async () => {
    open([aWhole("waves", { waiting_build: aBuild(2, { published_at: null }) })]);
    const row = await rowOf("Waves");
    expect(within(row).getByRole("status")).toHaveTextContent(
      "✓ ReadyA new build is not published yet",
    );
    expect(within(row).getByRole("link", { name: "Start Waves" })).toBeVisible();
  });

  test("an image that was brought back is no news", async () => {
    const last_build = aBuild(2, { published_at: null, trigger: "restore" });
    open([aWhole("waves", { last_build })]);
    expect(within(await rowOf("Waves")).getByRole("status")).toHaveTextContent(/✓ Ready$/);
  });

  test.each([
    ["failed", "failed", "◌ Not published yetThe last build failed"],
    ["goes on", "building", "◌ Not published yet↻ Building"],
  ] as const)("what waits is not forgotten when a later build %s", async (_, status, words) => {
    const waiting_build = aBuild(2, { published_at: null });
    const last_build = { ...aRunningBuild(3), status };
    open([
      aWhole("waves", {
        status: status === "failed" ? "unpublished" : "building",
        current_build: null,
        last_build,
        waiting_build,
      }),
    ]);
    const row = await rowOf("Waves");
    expect(within(row).getByRole("status")).toHaveTextContent(words);
    expect(within(row).getByRole("link", { name: "Try or publish Waves" })).toHaveAttribute(
      "href",
      "/builds/2",
    );
    expect(within(row).getByRole("link", { name: "Open log Waves", hidden: true })).toHaveAttribute(
      "href",
      "/builds/3",
    );
  });

  test("an environment that is an image names it in place of a repository", async () => {
    const image = "quay.io/jupyter/scipy-notebook:lab";
    open([aWhole("scipy", { image, repo_url: "", ref: "lab" })]);
    const row = await rowOf("Scipy");
    expect(within(row).getByText(image)).toBeVisible();
    expect(within(row).getByRole("rowheader").textContent).toBe(`Scipy${image}`);
  });

  test("a failed rebuild of a ready environment is said, with the reason", async () => {
    const last_build = aBuild(2, { status: "failed", error: "Step 3 failed." });
    open([aWhole("waves", { last_build })]);
    const row = await rowOf("Waves");
    expect(within(row).getByRole("status")).toHaveTextContent("✓ ReadyThe last build failed");
    expect(within(row).getByText("Step 3 failed.")).toBeVisible();
    expect(within(row).getByRole("link", { name: "Start Waves" })).toHaveAttribute(
      "href",
      "/launch?environment=waves",
    );
  });

  test.each(["failed", "cancelled"] as const)(
    "one whose only build is %s cannot be started, and its log is one click away",
    async (status) => {
      const last_build = aBuild(2, { status });
      open([aWhole("waves", { status: "failed", current_build: null, last_build })]);
      const row = await rowOf("Waves");
      expect(within(row).getByRole("status")).toHaveTextContent(/Failed|Cancelled/);
      expect(within(row).queryByRole("link", { name: /Start/ })).toBeNull();
      expect(within(row).getByRole("link", { name: "Open log Waves" })).toHaveAttribute(
        "href",
        "/builds/2",
      );
    },
  );

  test("what is told of a build is shown without asking again", async () => {
    const { client, asked } = open([
      aWhole("waves", {
        last_build: aRunningBuild(2, { progress: { step: 1, total: 9, name: "a" } }),
      }),
    ]);
    await rowOf("Waves");
    const build = aRunningBuild(2, { progress: { step: 2, total: 9, name: "b" } });
    apply(client, { type: "build", environment: "waves", build });
    expect(await screen.findByText("Step 2 of 9")).toBeVisible();
    expect(asked()).toHaveLength(1);
  });
});

describe("what may be done", () => {
  test("who manages an environment has all actions, by names of their own", async () => {
    open([aWhole("waves"), aWhole("tides")]);
    await rowOf("Waves");
    const names = [
      "Start",
      "More actions for",
      "Open log",
      "Rebuild",
      "Rebuild with options…",
      "Edit",
      "Roll back",
      "Delete…",
    ];
    const row = await rowOf("Waves");
    const found = [
      ...within(row).getAllByRole("link", { hidden: true }),
      ...within(row).getAllByRole("button", { hidden: true }),
    ].map((each) => each.textContent);
    expect(found).toEqual(expect.arrayContaining(names.map((name) => `${name} Waves`)));
  });

  test("who only uses an environment can start it and read its log", async () => {
    page.user = GRACE;
    open([aWhole("waves")]);
    const row = await rowOf("Waves");
    expect(within(row).getByRole("link", { name: "Start Waves" })).toBeVisible();
    expect(within(row).getByRole("link", { name: "Open log Waves" })).toBeVisible();
    expect(within(row).queryAllByRole("button", { hidden: true })).toEqual([]);
    expect(screen.queryByRole("link", { name: "Add an environment" })).toBeNull();
    expect(screen.queryByRole("checkbox", { name: "Only mine" })).toBeNull();
  });

  test("a builder manages their own environments, and not those of others", async () => {
    page.user = { name: "barbara", admin: false, mayBuild: true };
    open([aWhole("hers", { owner: "barbara" }), aWhole("his", { owner: "carl" })]);
    await rowOf("Hers");
    expect(screen.getByRole("button", { name: "More actions for Hers" })).toBeVisible();
    await openMenu("Hers");
    expect(screen.getByRole("link", { name: "Edit Hers" })).toBeVisible();
    await openMenu("His");
    expect(screen.getByRole("button", { name: "Use this for my course… His" })).toBeVisible();
    expect(screen.queryByRole("link", { name: "Edit His" })).toBeNull();
    expect(screen.queryByRole("button", { name: "Delete… His" })).toBeNull();
  });

  test("what has no image is not offered to be copied", async () => {
    const last_build = aRunningBuild(1);
    open([aWhole("waves", { status: "building", current_build: null, last_build })]);
    await rowOf("Waves");
    await openMenu("Waves");
    expect(screen.getByRole("link", { name: "Edit Waves" })).toBeVisible();
    expect(screen.queryByRole("button", { name: /^Use this/ })).toBeNull();
  });

  test("what is not for everyone is not offered to be copied", async () => {
    page.user = { name: "barbara", admin: false, mayBuild: true };
    const visibility = { everyone: false, users: ["barbara"], groups: [] };
    open([aWhole("his", { owner: "carl", visibility })]);
    await rowOf("His");
    expect(screen.queryByRole("button", { name: /^More/ })).toBeNull();
  });

  test("one copies an environment for oneself, and goes to the copy", async () => {
    const copied = aWhole("waves-ada", { display_name: "My waves" });
    const { sent, address } = open([aWhole("waves", { owner: "carl" })], {
      "POST /api/environments/waves/copy": copied,
    });
    await rowOf("Waves");
    await openMenu("Waves");
    await userEvent.click(screen.getByRole("button", { name: "Use this for my course… Waves" }));
    const dialog = screen.getByRole("dialog", { name: "Use Waves for my course" });
    const title = within(dialog).getByRole("textbox", { name: "Title" });
    expect(title).toHaveValue("Waves");
    expect(within(dialog).getByRole("textbox", { name: "Short name" })).toHaveValue("waves-ada");
    await userEvent.clear(title);
    await userEvent.type(title, "My waves");
    await userEvent.click(within(dialog).getByRole("button", { name: "Make my copy" }));
    expect(await screen.findByText("My waves is yours.")).toBeVisible();
    expect(address.history?.at(-1)).toBe("/environments/waves-ada");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(await sent("POST")[0]?.json()).toEqual({
      name: "waves-ada",
      display_name: "My waves",
      visibility: { everyone: false },
    });
  });

  test("a copy whose name is taken says so beside the name", async () => {
    open([aWhole("waves", { has_credentials: true })], {
      "POST /api/environments/waves/copy": refuse(409, "There is an environment waves-ada."),
    });
    await rowOf("Waves");
    await openMenu("Waves");
    await userEvent.click(screen.getByRole("button", { name: "Use this for my course… Waves" }));
    expect(screen.getByText(/its credentials are not copied/)).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Make my copy" }));
    const name = screen.getByRole("textbox", { name: "Short name" });
    await waitFor(() => expect(name).toHaveFocus());
    expect(name).toHaveAttribute("aria-invalid", "true");
    expect(name).toHaveAccessibleDescription(/already an environment of this name/);
  });

  test("a copy whose name cannot be is not sent, and says why beside the name", async () => {
    const { sent } = open([aWhole("waves")]);
    await rowOf("Waves");
    await openMenu("Waves");
    await userEvent.click(screen.getByRole("button", { name: "Use this for my course… Waves" }));
    const name = screen.getByRole("textbox", { name: "Short name" });
    const press = () => userEvent.click(screen.getByRole("button", { name: "Make my copy" }));
    await userEvent.clear(name);
    await press();
    expect(name).toHaveFocus();
    expect(name).toHaveAccessibleDescription(/Enter a short name/);
    await userEvent.type(name, "My Waves");
    await press();
    expect(name).toHaveFocus();
    expect(name).toHaveAccessibleDescription(/Use lower-case letters/);
    expect(sent("POST")).toHaveLength(0);
  });

  test.each([
    [
      { name: "registry.example.org/waves", images: 3, removed: false },
      "3 images stay in the registry, as registry.example.org/waves: anyone who has their addresses can still pull them.",
    ],
    [
      { name: "registry.example.org/waves", images: 1, removed: true },
      "1 image is also removed from the registry: commands that run it at home stop working. If the registry refuses, it stays there.",
    ],
    [null, undefined],
  ])("a deletion says what becomes of what is in the registry: %o", async (registry, sentence) => {
    // What a build says of itself may be of another registry, or another environment's.
    const current_build = aBuild(1, { registry_image: inRegistry() });
    const removal = { builds: 3, images: 1, image_size: 9, registry, servers: [] };
    open([aWhole("waves", { current_build })], {
      "GET /api/environments/waves/removal": removal,
    });
    await rowOf("Waves");
    await openMenu("Waves");
    await userEvent.click(screen.getByRole("button", { name: "Delete… Waves" }));
    await screen.findByText(/^This removes 3 builds/);
    expect(screen.queryByText(/(in|from) the registry/)?.textContent).toBe(sentence);
  });

  test("a rebuild is queued by one click, and a notice says so", async () => {
    const { sent } = open([aWhole("waves")], {
      "POST /api/environments/waves/builds": aRunningBuild(2),
    });
    await rowOf("Waves");
    await openMenu("Waves");
    await userEvent.click(screen.getByRole("button", { name: "Rebuild Waves" }));
    expect(await screen.findByText("A build of Waves is queued.")).toBeVisible();
    expect(sent("POST")).toHaveLength(1);
    expect(screen.getByRole("button", { name: "More actions for Waves" })).toHaveFocus();
  });

  test("a rebuild that somebody else was faster with says so, and shows theirs", async () => {
    const busy = aWhole("waves", { last_build: aRunningBuild(2), status: "building" });
    let list = [aWhole("waves")];
    open(null, {
      "GET /api/environments": () => ({ items: list, total: 1 }),
      "POST /api/environments/waves/builds": () => {
        list = [busy];
        return refuse(409, "A build of waves is already queued or running.");
      },
    });
    await rowOf("Waves");
    await openMenu("Waves");
    await userEvent.click(screen.getByRole("button", { name: "Rebuild Waves" }));
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("A build of waves is already queued or running.");
    expect(within(await rowOf("Waves")).getByRole("status")).toHaveTextContent("✓ Ready↻ Building");
    await userEvent.click(within(alert).getByRole("button", { name: "Dismiss" }));
    expect(screen.queryByRole("alert")).toBeNull();
  });

  test("a rebuild of what somebody has deleted says so, and it leaves the list", async () => {
    let list = [aWhole("waves"), aWhole("tides")];
    open(null, {
      "GET /api/environments": () => ({ items: list, total: list.length }),
      "POST /api/environments/waves/builds": () => {
        list = [aWhole("tides")];
        return refuse(404, "There is no environment waves, or it is not shared with you.");
      },
    });
    await rowOf("Waves");
    await openMenu("Waves");
    await userEvent.click(screen.getByRole("button", { name: "Rebuild Waves" }));
    expect(
      await screen.findByText("There is no environment waves, or it is not shared with you."),
    ).toBeVisible();
    await waitFor(() => expect(screen.queryByRole("link", { name: "Waves" })).toBeNull());
  });

  test("a running build is cancelled, and cannot be started a second time", async () => {
    const last_build = aRunningBuild(2);
    const { sent } = open([aWhole("waves", { status: "building", last_build })], {
      "POST /api/builds/2/cancel": aBuild(2, { status: "cancelled" }),
    });
    await rowOf("Waves");
    await openMenu("Waves");
    expect(screen.queryByRole("button", { name: "Rebuild Waves" })).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Cancel the build of Waves" }));
    expect(await screen.findByText("The build of Waves is being cancelled.")).toBeVisible();
    expect(sent("POST")).toHaveLength(1);
  });
});

describe("a search", () => {
  test("is made by the server after a pause, and kept in the address", async () => {
    const { asked, address } = open([aWhole("waves")]);
    await rowOf("Waves");
    await userEvent.type(screen.getByRole("searchbox", { name: "Search" }), "two  words");
    await waitFor(() => expect(asked().at(-1)?.get("q")).toBe("two  words"));
    expect(asked().length).toBeLessThan(4);
    expect(address.history.at(-1)).toBe("/?q=two++words");
  });

  test("the address says what is looked for, and goes to the server", async () => {
    const { asked } = open([aWhole("waves")], {}, "/?q=wav&sort=-built&status=ready&mine=1");
    await rowOf("Waves");
    expect(Object.fromEntries(asked()[0] ?? [])).toEqual({
      q: "wav",
      limit: "50",
      offset: "0",
      sort: "-built",
      status: "ready",
      owner: "ada",
    });
    expect(screen.getByRole("searchbox")).toHaveValue("wav");
    expect(screen.getByRole("combobox", { name: "Sort by" })).toHaveValue("-built");
    expect(screen.getByRole("combobox", { name: "Status" })).toHaveValue("ready");
    expect(screen.getByRole("checkbox", { name: "Only mine" })).toBeChecked();
  });

  test("Enter does not wait", async () => {
    const { address } = open([aWhole("waves")]);
    await rowOf("Waves");
    await userEvent.type(screen.getByRole("searchbox"), "w{Enter}");
    expect(address.history.at(-1)).toBe("/?q=w");
  });

  test("status, order and owner are chosen", async () => {
    const { asked } = open([aWhole("waves")]);
    await rowOf("Waves");
    await userEvent.selectOptions(screen.getByRole("combobox", { name: "Status" }), "Failed");
    await userEvent.selectOptions(screen.getByRole("combobox", { name: "Sort by" }), "Owner");
    await userEvent.click(screen.getByRole("checkbox", { name: "Only mine" }));
    await waitFor(() => expect(asked().at(-1)?.get("owner")).toBe("ada"));
    expect(asked().at(-1)?.get("status")).toBe("failed");
    expect(asked().at(-1)?.get("sort")).toBe("owner");
  });

  test("that finds nothing can be cleared, with its order kept", async () => {
    const found = (request: Request) => {
      const isNarrow = new URL(request.url).searchParams.get("q") !== "";
      return { items: isNarrow ? [] : [aWhole("waves")], total: isNarrow ? 0 : 1 };
    };
    const { address } = open(null, { "GET /api/environments": found }, "/?q=x&sort=owner");
    expect(await screen.findByText(/No environment matches/)).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Clear the search" }));
    expect(await rowOf("Waves")).toBeVisible();
    expect(address.history.at(-1)).toBe("/?sort=owner");
    expect(screen.getByRole("region", { name: "Environments" })).toHaveFocus();
    expect(screen.getByRole("searchbox")).toHaveValue("");
  });

  test("that finds many shows more when asked, and says how many there are", async () => {
    const all = Array.from({ length: 60 }, (_, number) => aWhole(`e${number}`));
    const { asked } = open(null, {
      "GET /api/environments": (request: Request) => {
        const offset = Number(new URL(request.url).searchParams.get("offset"));
        return { items: all.slice(offset, offset + 50), total: 60 };
      },
    });
    expect(await screen.findByText("50 of 60 environments")).toBeVisible();
    // By its text: to ask hundreds of buttons for their names takes seconds.
    await userEvent.click(screen.getByText("Show more"));
    expect(await screen.findByText("60 environments")).toBeVisible();
    expect(screen.getAllByRole("row")).toHaveLength(61);
    expect(asked().map((each) => each.get("offset"))).toEqual(["0", "50"]);
    expect(screen.queryByText("Show more")).toBeNull();
    expect(screen.getByRole("region", { name: "Environments" })).toHaveFocus();
  });
});

describe("an empty page", () => {
  test("says to who may build what to do first, and takes a repository along", async () => {
    const { address } = open([]);
    expect(
      await screen.findByRole("heading", { name: "There is no environment yet" }),
    ).toBeVisible();
    expect(
      screen.getByRole("link", { name: "github.com/binder-examples/requirements" }),
    ).toHaveAttribute(
      "href",
      "/add?repo_url=https%3A%2F%2Fgithub.com%2Fbinder-examples%2Frequirements",
    );
    expect(screen.queryByRole("search")).toBeNull();
    const field = screen.getByRole("textbox", { name: "Address of a git repository" });
    await userEvent.type(field, " https://git.example.org/x {Enter}");
    expect(address.history.at(-1)).toBe("/add?repo_url=https%3A%2F%2Fgit.example.org%2Fx");
  });

  test("says to others whom to ask", async () => {
    page.user = GRACE;
    open([]);
    expect(await screen.findByText(/ask one of them to add/)).toBeVisible();
    expect(screen.queryByRole("textbox")).toBeNull();
  });
});

describe("when something is wrong", () => {
  test("the server's sentence is shown, and one can try again", async () => {
    let isDown = true;
    open(null, {
      "GET /api/environments": () =>
        isDown
          ? refuse(503, "The database does not answer.")
          : { items: [aWhole("waves")], total: 1 },
    });
    expect(await screen.findByRole("alert")).toHaveTextContent("The database does not answer.");
    isDown = false;
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await rowOf("Waves")).toBeVisible();
    expect(screen.queryByRole("alert")).toBeNull();
  });

  test("an ended session leads to the login and back here", async () => {
    open(null, { "GET /api/environments": () => refuse(401, "Log in.") });
    expect(await screen.findByRole("link", { name: "Log in again" })).toHaveAttribute(
      "href",
      expect.stringMatching(/^\/hub\/login\?next=/),
    );
  });
});
