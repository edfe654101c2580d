import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { type UserEvent, userEvent } from "@testing-library/user-event";
import { Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";
import { beforeEach, expect, test } from "vitest";

import { page } from "../../api/page";
import { refuse, serve, show } from "../../../tests/server";
import AddPage from "./add-page";

const REPOSITORY = "https://github.com/ada/data-science-101";
const REFS = {
  default_branch: "main",
  branches: ["main", "fix", "fix/x"],
  tags: ["v1"],
  truncated: false,
};
const PROFILES = {
  items: [
    { label: "Small", mem_limit: 2 ** 31, cpu_limit: 1, description: "", gpus: 0, default: true },
    { label: "Large", mem_limit: 2 ** 33, cpu_limit: 4, description: "", gpus: 1, default: false },
  ],
  free_size: null,
};
const ADDED = { name: "waves", display_name: "Waves", last_build: { id: 7 } };

/** The page with a service that answers; gives what was sent to it. */
function open(answers: Record<string, unknown> = {}, search = "") {
  const requests = serve({
    "POST /api/repository/refs": REFS,
    "GET /api/profiles": PROFILES,
    "POST /api/environments": ADDED,
    ...answers,
  });
  const { hook, searchHook, history } = memoryLocation({ path: `/add${search}`, record: true });
  show(
    <Router hook={hook} searchHook={searchHook}>
      <AddPage />
    </Router>,
  );
  const sent = (path: string) =>
    Promise.all(
      requests.filter((each) => each.url.endsWith(path)).map((each) => each.clone().json()),
    );
  return { user: userEvent.setup(), history, sent };
}

const repository = () => screen.getByLabelText("Address of the git repository");
const ref = () => screen.getByLabelText("Branch, tag or commit");
const name = () => screen.getByLabelText("Short name");
const title = () => screen.getByLabelText("Title");
const submit = () => screen.getByRole("button", { name: "Add and build" });

async function enter(user: UserEvent, address = REPOSITORY) {
  await user.click(repository());
  await user.paste(address);
}

beforeEach(() => {
  page.user.mayBuild = true;
});

test("the repository comes first, and has the focus", () => {
  open();
  expect(repository()).toHaveFocus();
});

test("a repository alone is enough, and one goes on to its build", async () => {
  const { user, sent, history } = open();
  await enter(user);
  await user.keyboard("{Enter}");
  await waitFor(() => expect(history?.at(-1)).toBe("/builds/7"));
  expect(await sent("/api/environments")).toEqual([
    expect.objectContaining({
      repo_url: REPOSITORY,
      ref: "HEAD",
      name: "data-science-101",
      display_name: "Data science 101",
      visibility: { everyone: true },
    }),
  ]);
});

test("the address of a page becomes repository and ref when it is pasted", async () => {
  const { user } = open();
  await enter(user, "github.com/ada/waves/blob/v1/lesson.ipynb?plain=1#L3");
  expect(repository()).toHaveValue("https://github.com/ada/waves");
  expect(ref()).toHaveValue("v1");
});

test("the address of a page becomes repository and ref when it has been typed", async () => {
  const { user } = open();
  await user.type(repository(), "github.com/ada/waves/tree/dev");
  expect(repository()).toHaveValue("github.com/ada/waves/tree/dev");
  await user.tab();
  expect(repository()).toHaveValue("https://github.com/ada/waves");
  expect(ref()).toHaveValue("dev");
});

test("a ref with slashes is known as soon as the repository's refs are", async () => {
  const { user } = open();
  await enter(user, "https://github.com/ada/waves/tree/fix/x/docs");
  expect(ref()).toHaveValue("fix");
  await waitFor(() => expect(ref()).toHaveValue("fix/x"));
});

test("a ref that one has entered is not replaced by the repository's", async () => {
  const { user } = open();
  await enter(user, "https://github.com/ada/waves/tree/fix/x/docs");
  await user.clear(ref());
  await user.type(ref(), "fix");
  await screen.findByText("3 branches and 1 tag found.");
  expect(ref()).toHaveValue("fix");
});

test("branches and tags are offered, and the default branch is named", async () => {
  const { user } = open();
  await enter(user);
  expect(await screen.findByText("3 branches and 1 tag found.")).toBeVisible();
  expect(screen.getByText("Empty for the default branch, main.")).toBeVisible();
  const list = document.getElementById(ref().getAttribute("list") ?? "");
  expect([...(list?.children ?? [])].map((option) => option.getAttribute("value"))).toEqual([
    "main",
    "fix",
    "fix/x",
    "v1",
  ]);
  expect(list?.querySelector("[value=main]")).toHaveAttribute("label", "main (default)");
});

test("a ref that is not there is said, and can be sent", async () => {
  const { user, sent } = open();
  await enter(user);
  await user.type(ref(), "nope");
  expect(await screen.findByText("The repository has no branch or tag “nope”.")).toBeVisible();
  await user.clear(ref());
  await user.type(ref(), "0123abc");
  expect(screen.queryByText(/has no branch or tag/)).not.toBeInTheDocument();
  await user.click(submit());
  expect(await sent("/api/environments")).toMatchObject([{ ref: "0123abc" }]);
});

test("half an address is not looked at", async () => {
  const { user, sent } = open();
  await user.type(repository(), "https://github.com/");
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(await sent("/api/repository/refs")).toEqual([]);
});

test("a repository that cannot be read is said beside its address, and can be sent", async () => {
  const { user, history } = open({
    "POST /api/repository/refs": () => refuse(400, "The host asks for a login."),
  });
  await enter(user);
  expect(await screen.findByText(/could not be read: The host asks for a login\./)).toBeVisible();
  await user.click(submit());
  await waitFor(() => expect(history?.at(-1)).toBe("/builds/7"));
});

test("where a repository may be private one is led to the credentials", async () => {
  let isOpen = false;
  const { user, sent } = open({
    "POST /api/repository/refs": () => (isOpen ? REFS : refuse(400, "The host asks for a login.")),
  });
  await enter(user);
  await user.click(await screen.findByRole("button", { name: /^Is it private\?/ }));
  expect(screen.getByLabelText("User name")).toHaveFocus();
  isOpen = true;
  await user.keyboard("ada");
  await user.type(screen.getByLabelText("Token or password"), "secret");
  await user.tab();
  expect(await screen.findByText("3 branches and 1 tag found.")).toBeVisible();
  expect((await sent("/api/repository/refs")).at(-1)).toEqual({
    repo_url: REPOSITORY,
    credentials: { username: "ada", password: "secret", remember: false },
  });
  // A host that counts wrong logins is not asked for each key.
  expect(JSON.stringify(await sent("/api/repository/refs"))).not.toContain('"secre"');
});

test("a password in the address is moved to the credentials, and said", async () => {
  const { user, sent } = open();
  await enter(user, "https://ada:pa55word@host.example/waves");
  expect(repository()).toHaveValue("https://host.example/waves");
  expect(screen.getByText(/were moved to the credentials/)).toBeVisible();
  expect(screen.getByLabelText("User name")).toHaveValue("ada");
  expect(screen.getByLabelText("User name").closest("details")).toHaveAttribute("open");
  expect(screen.getByLabelText("Token or password")).toHaveAttribute("type", "password");
  expect(document.body).not.toHaveTextContent("pa55word");
  await user.click(submit());
  expect(await sent("/api/environments")).toMatchObject([
    {
      repo_url: "https://host.example/waves",
      credentials: { username: "ada", password: "pa55word", remember: false },
    },
  ]);
});

test("names are proposed until one has edited them", async () => {
  const { user } = open();
  await user.type(repository(), "https://github.com/ada/waves");
  expect(name()).toHaveValue("waves");
  expect(title()).toHaveValue("Waves");
  await user.clear(title());
  await user.type(title(), "Water");
  await user.type(repository(), "-2");
  expect(name()).toHaveValue("waves-2");
  expect(title()).toHaveValue("Water");
  await user.clear(name());
  await user.type(repository(), "3");
  expect(name()).toHaveValue("");
});

test("an existing image takes the place of a repository, by keyboard as well", async () => {
  const { user, sent, history } = open();
  await user.click(screen.getByRole("radio", { name: "A git repository" }));
  await user.keyboard("{ArrowDown}");
  const image = screen.getByRole("textbox", { name: "Name of the image" });
  expect(screen.getByRole("radio", { name: "An existing image" })).toHaveFocus();
  expect(screen.queryByLabelText("Address of the git repository")).toBeNull();
  expect(screen.queryByLabelText("Build with")).toBeNull();
  expect(screen.queryByLabelText(/^Rebuild automatically/)).toBeNull();
  const add = () => screen.getByRole("button", { name: "Add" }); // nothing is built
  await user.click(add());
  expect(image).toHaveFocus();
  expect(image).toHaveAccessibleDescription(/Enter the name of an image/);
  await user.type(image, "quay.io/jupyter/scipy-notebook:2025-06-30");
  expect(name()).toHaveValue("scipy-notebook");
  await user.click(add());
  await waitFor(() => expect(history?.at(-1)).toBe("/builds/7"));
  const [request] = await sent("/api/environments");
  expect(request).toMatchObject({ image: "quay.io/jupyter/scipy-notebook:2025-06-30" });
  expect(request).not.toHaveProperty("repo_url");
  expect(await sent("/api/repository/refs")).toEqual([]);
});

test("what a repository lacks is not asked of an image", async () => {
  const { user } = open();
  await user.type(name(), "waves");
  await user.click(submit());
  expect(await screen.findByRole("alert")).toHaveTextContent("1 field needs your attention");
  await user.click(screen.getByRole("radio", { name: "An existing image" }));
  expect(screen.queryByRole("alert")).toBeNull();
  await user.click(screen.getByRole("button", { name: "Add" }));
  expect(screen.getByRole("alert")).toHaveTextContent("1 field needs your attention");
  await user.click(screen.getByRole("radio", { name: "A git repository" }));
  expect(screen.queryByRole("alert")).toBeNull();
  expect(repository()).not.toHaveAttribute("aria-invalid");
});

test("users can be made to wait for new builds", async () => {
  const { user, sent } = open();
  await enter(user);
  await user.click(screen.getByText(/^More: private repositories/));
  await user.selectOptions(screen.getByLabelText("New builds"), "manual");
  await user.click(submit());
  await waitFor(async () =>
    expect(await sent("/api/environments")).toEqual([
      expect.objectContaining({ publish: "manual" }),
    ]),
  );
});

test("a link fills in the repository and the ref", () => {
  open({}, `?${new URLSearchParams({ repo_url: REPOSITORY, ref: "v1" })}`);
  expect(repository()).toHaveValue(REPOSITORY);
  expect(ref()).toHaveValue("v1");
  expect(name()).toHaveValue("data-science-101");
});

test("without a repository nothing is sent, and it is asked for", async () => {
  const { user, sent } = open();
  await user.click(submit());
  expect(repository()).toHaveFocus();
  expect(repository()).toHaveAccessibleDescription(/Enter the address of a git repository\./);
  expect(screen.getByRole("alert")).toHaveTextContent("2 fields need your attention.");
  await enter(user);
  expect(repository()).not.toHaveAttribute("aria-invalid");
  expect(await sent("/api/environments")).toEqual([]);
});

test("a name that is taken is said beside the name", async () => {
  const { user } = open({ "POST /api/environments": () => refuse(409, "Taken.") });
  await enter(user);
  await user.keyboard("{Enter}");
  await waitFor(() => expect(name()).toHaveFocus());
  expect(name()).toHaveAccessibleDescription(/There is already an environment of this name/);
  await user.type(name(), "x");
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
});

test("what the service finds wrong is said beside its field, and the first one has the focus", async () => {
  const errors = [
    { field: "environment_variables.JPY_X", message: "is the Hub's" },
    { field: "visibility.users.1", message: "must not contain control characters" },
    { field: "ref", message: "must not start with '-'" },
  ];
  const { user } = open({ "POST /api/environments": () => refuse(400, "Wrong.", errors) });
  await enter(user);
  await user.type(ref(), "-x");
  await user.click(screen.getByRole("radio", { name: "Only some people" }));
  await user.type(screen.getByLabelText("Users"), "grace, linus");
  await user.click(screen.getByText(/^More: /));
  await user.click(screen.getByRole("button", { name: "Add a variable" }));
  await user.keyboard("JPY_X");
  await user.click(screen.getByText(/^More: /));
  await user.click(submit());
  await waitFor(() => expect(ref()).toHaveFocus());
  expect(ref()).toHaveAccessibleDescription(/must not start with '-'/);
  expect(screen.getByLabelText("Users")).toHaveAccessibleDescription(/linus: must not contain/);
  expect(screen.getByLabelText("Name of variable 1")).toHaveAccessibleDescription("is the Hub's");
  expect(screen.getByLabelText("Name of variable 1").closest("details")).toHaveAttribute("open");
  expect(screen.getByRole("alert")).toHaveTextContent("3 fields need your attention.");
  expect(ref()).toHaveValue("-x");
});

test("an error of no field is said as it is, and nothing is lost", async () => {
  const { user } = open({ "POST /api/environments": () => refuse(503, "The disk is full.") });
  await enter(user);
  await user.keyboard("{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent(
    "The disk is full.Nothing that you entered is lost",
  );
  expect(repository()).toHaveValue(REPOSITORY);
  expect(submit()).toBeEnabled();
});

test("without an answer nothing is lost, and one can send again", async () => {
  let isUp = false;
  const { user, history } = open({
    "POST /api/environments": () => {
      if (!isUp) throw new TypeError("network");
      return ADDED;
    },
  });
  await enter(user);
  await user.keyboard("{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("The service does not answer.");
  isUp = true;
  await user.click(submit());
  await waitFor(() => expect(history?.at(-1)).toBe("/builds/7"));
});

test("who is no longer logged in can do so beside, and send again", async () => {
  const { user } = open({ "POST /api/environments": () => refuse(401, "Log in.") });
  await enter(user);
  await user.keyboard("{Enter}");
  const link = await screen.findByRole("link", { name: "Log in in another tab" });
  expect(link).toHaveAttribute("target", "_blank");
  expect(link).toHaveAttribute("href", "/hub/login?next=%2Fservices%2Fenvbuilder%2F");
  expect(repository()).toHaveValue(REPOSITORY);
});

test("nothing is sent twice", async () => {
  const { user, sent } = open({ "POST /api/environments": () => new Promise(() => undefined) });
  await enter(user);
  const form = submit().closest("form") as HTMLFormElement;
  fireEvent.submit(form);
  fireEvent.submit(form);
  expect(await screen.findByRole("button", { name: "Adding…" })).toBeDisabled();
  expect(await sent("/api/environments")).toHaveLength(1);
});

test("some machines only, and limits of one's own", async () => {
  const { user, sent } = open();
  await enter(user);
  await user.click(await screen.findByRole("radio", { name: "Only some of the machines" }));
  await user.click(submit());
  expect(screen.getByRole("checkbox", { name: "Small" })).toHaveFocus();
  const large = screen.getByRole("checkbox", { name: "Large" });
  expect(large).toHaveAccessibleDescription(/8 GiB, 4 cores · 1 GPU/);
  await user.click(large);
  await user.type(screen.getByLabelText("Memory"), "1,5");
  await user.type(screen.getByLabelText("CPU cores"), "0.5");
  await user.click(submit());
  expect(await sent("/api/environments")).toMatchObject([
    { profiles: ["Large"], mem_limit: 1.5 * 2 ** 30, cpu_limit: 0.5 },
  ]);
});

test("where the operator offers no machines there are the limits alone", async () => {
  open({ "GET /api/profiles": { items: [], free_size: null } });
  expect(await screen.findByText(/The operator offers no machines/)).toBeVisible();
  expect(screen.queryByRole("radio", { name: "Any machine on offer" })).not.toBeInTheDocument();
  expect(screen.getByLabelText("Memory")).toBeVisible();
});

test("users and groups are shown as they are understood", async () => {
  const { user, sent } = open();
  await enter(user);
  await user.click(screen.getByRole("radio", { name: "Only some people" }));
  await user.type(screen.getByLabelText("Groups"), "physics,maths, physics");
  const names = within(screen.getByRole("list", { name: "2 names:" })).getAllByRole("listitem");
  expect(names.map((each) => each.textContent)).toEqual(["physics", "maths"]);
  await user.click(submit());
  expect(await sent("/api/environments")).toMatchObject([
    { visibility: { groups: ["physics", "maths"], users: [] } },
  ]);
});

test("rows come and go by keyboard, and no name is there twice", async () => {
  const { user, sent } = open();
  await enter(user);
  await user.click(screen.getByText(/^More: /));
  const add = screen.getByRole("button", { name: "Add a build argument" });
  await user.click(add);
  expect(screen.getByLabelText("Name of build argument 1")).toHaveFocus();
  await user.keyboard("A{Tab}1");
  await user.click(add);
  await user.keyboard("A{Tab}2");
  await user.click(submit());
  expect(screen.getByLabelText("Name of build argument 2")).toHaveFocus();
  expect(screen.getByLabelText("Name of build argument 1")).toBeValid();
  await user.clear(screen.getByLabelText("Name of build argument 2"));
  await user.keyboard("B");
  await user.click(screen.getByRole("button", { name: "Remove build argument A" }));
  expect(add).toHaveFocus();
  await user.click(submit());
  expect(await sent("/api/environments")).toMatchObject([{ build_args: { B: "2" } }]);
});

test("one is asked before what one has entered is lost", async () => {
  const { user } = open();
  const leaving = () => {
    const event = new Event("beforeunload", { cancelable: true });
    window.dispatchEvent(event);
    return event.defaultPrevented;
  };
  expect(leaving()).toBe(false);
  await user.type(repository(), "x");
  expect(leaving()).toBe(true);
  await user.clear(repository());
  expect(leaving()).toBe(false);
});

test("who may not build sees why, and whom to ask", () => {
  page.user.mayBuild = false;
  open();
  expect(screen.getByRole("heading", { name: "You may not add environments" })).toBeVisible();
  expect(screen.getByText(/Ask an admin of this Hub/)).toBeVisible();
  expect(screen.queryByRole("textbox")).not.toBeInTheDocument();
});
