import { act, screen, waitFor } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";
import { afterEach, expect, test, vi } from "vitest";

import { apply, keys } from "../../api/live";
import { page } from "../../api/page";
import { refuse, serve, show } from "../../../tests/server";
import EditPage from "./edit-page";

const WAVES = {
  image: null as string | null,
  name: "waves",
  display_name: "Waves",
  description: "For the course",
  repo_url: "https://github.com/ada/waves",
  ref: "main",
  owner: "ada",
  visibility: { everyone: false, users: ["grace"], groups: [] },
  mem_limit: 2 ** 31,
  cpu_limit: null,
  profiles: ["Huge"],
  builder: "auto",
  build_args: {},
  default_url: null,
  environment_variables: {},
  has_credentials: false,
  schedule: "never",
  current_build: null,
  last_build: null,
};

/** The page of an environment with a service that answers; gives what was sent to it. */
function open(part: Partial<typeof WAVES> = {}, answers: Record<string, unknown> = {}) {
  const requests = serve({
    "GET /api/environments/waves": { ...WAVES, ...part },
    "POST /api/repository/refs": {
      default_branch: "main",
      branches: ["main", "dev"],
      tags: [],
      truncated: false,
    },
    "GET /api/profiles": {
      items: [{ label: "Small", mem_limit: 2 ** 31, cpu_limit: 1, description: "", gpus: 0 }],
      free_size: null,
    },
    "PATCH /api/environments/waves": async (request: Request) => ({
      ...WAVES,
      ...part,
      ...((await request.json()) as object),
    }),
    "POST /api/environments/waves/builds": { id: 8 },
    ...answers,
  });
  const { hook, history } = memoryLocation({ path: "/environments/waves/edit", record: true });
  const { client } = show(
    <Router hook={hook}>
      <EditPage name="waves" />
    </Router>,
  );
  const sent = (method: string, path = "") =>
    Promise.all(
      requests
        .filter((each) => each.method === method && each.url.endsWith(path))
        .map((each) => each.clone().json()),
    );
  return { user: userEvent.setup(), history, sent, client };
}

const ref = () => screen.findByLabelText("Branch, tag or commit");
const save = () => screen.getByRole("button", { name: "Save" });
const saveAndRebuild = () => screen.queryByRole("button", { name: "Save and rebuild" });

afterEach(() => {
  page.user = { name: "ada", admin: true, mayBuild: true };
});

test("what there is is shown, and the short name cannot be changed", async () => {
  open();
  expect(await screen.findByRole("heading", { name: "Edit Waves" })).toBeVisible();
  expect(screen.getByLabelText("Address of the git repository")).toHaveValue(WAVES.repo_url);
  expect(await ref()).toHaveValue("main");
  expect(screen.getByLabelText("Short name")).toHaveValue("waves");
  expect(screen.getByLabelText("Short name")).toHaveAttribute("readonly");
  expect(screen.getByLabelText("Users")).toHaveValue("grace");
  expect(screen.getByLabelText("Memory")).toHaveValue("2");
  expect(screen.getByLabelText("Unit of memory")).toHaveValue("GiB");
});

test("only what was changed is sent, and one sees the environment again", async () => {
  const { user, sent, history } = open();
  await user.type(await screen.findByLabelText("Description"), "!");
  expect(saveAndRebuild()).not.toBeInTheDocument();
  await user.click(save());
  await waitFor(() => expect(history?.at(-1)).toBe("/environments/waves"));
  expect(await sent("PATCH")).toEqual([{ description: "For the course!" }]);
  expect(await sent("POST", "/builds")).toEqual([]);
});

test("an environment that is an image stays one", async () => {
  const image = "quay.io/jupyter/scipy-notebook:lab";
  const { user, sent } = open({ image, repo_url: "", ref: "lab" });
  const field = await screen.findByLabelText("Name of the image");
  expect(field).toHaveValue(image);
  expect(screen.queryByRole("radio", { name: "A git repository" })).toBeNull();
  await user.type(field, "-2");
  await user.click(saveAndRebuild() as HTMLElement);
  await waitFor(async () => expect(await sent("PATCH")).toEqual([{ image: `${image}-2` }]));
});

test("new builds can be made to wait, which needs no build", async () => {
  const { user, sent } = open();
  await user.selectOptions(await screen.findByLabelText("New builds"), "manual");
  expect(saveAndRebuild()).not.toBeInTheDocument();
  await user.click(save());
  await waitFor(async () => expect(await sent("PATCH")).toEqual([{ publish: "manual" }]));
});

test("without a change nothing is sent", async () => {
  const { user, sent, history } = open();
  await ref();
  await user.click(save());
  await waitFor(() => expect(history?.at(-1)).toBe("/environments/waves"));
  expect(await sent("PATCH")).toEqual([]);
});

test("a change that needs a build can be saved together with one", async () => {
  const { user, sent, history } = open();
  await user.clear(await ref());
  await user.type(await ref(), "dev");
  expect(screen.getByText(/take effect only with the next build/)).toBeVisible();
  await user.click(saveAndRebuild() as HTMLElement);
  await waitFor(() => expect(history?.at(-1)).toBe("/builds/8"));
  expect(await sent("PATCH")).toEqual([{ ref: "dev" }]);
  expect(await sent("POST", "/builds")).toEqual([{}]);
});

test("a change that needs a build can be saved without one", async () => {
  const { user, sent, history } = open();
  await user.clear(await ref());
  await user.click(save());
  await waitFor(() => expect(history?.at(-1)).toBe("/environments/waves"));
  expect(await sent("PATCH")).toEqual([{ ref: "HEAD" }]);
  expect(await sent("POST", "/builds")).toEqual([]);
});

test("where it is saved but not queued, that is said, and the build can be tried again", async () => {
  let isBusy = true;
  const { user, sent, history } = open(
    {},
    {
      "POST /api/environments/waves/builds": () =>
        isBusy ? refuse(409, "A build of waves is running.") : { id: 9 },
    },
  );
  await user.clear(await ref());
  await user.type(await ref(), "dev{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent(
    "Your changes are saved, but no build was queued: A build of waves is running.",
  );
  expect(await ref()).toHaveValue("dev");
  expect(saveAndRebuild()).not.toBeInTheDocument();
  isBusy = false;
  expect(screen.getByRole("button", { name: "Rebuild" })).toHaveFocus();
  await user.click(screen.getByRole("button", { name: "Rebuild" }));
  await waitFor(() => expect(history?.at(-1)).toBe("/builds/9"));
  expect(await sent("PATCH")).toEqual([{ ref: "dev" }]);
});

test("what is wrong is said beside its field, and what was entered stays", async () => {
  const { user, history } = open(
    {},
    {
      "PATCH /api/environments/waves": () =>
        refuse(400, "Wrong.", [{ field: "mem_limit", message: "must not be above the machine's" }]),
    },
  );
  const memory = await screen.findByLabelText("Memory");
  await user.clear(memory);
  await user.type(memory, "64{Enter}");
  await waitFor(() => expect(memory).toHaveFocus());
  await waitFor(() =>
    expect(memory).toHaveAccessibleDescription("must not be above the machine's"),
  );
  expect(memory).toHaveValue("64");
  expect(history).toHaveLength(1);
});

test("a machine that is not on offer to oneself stays allowed, unless one takes it away", async () => {
  const { user, sent } = open();
  const huge = await screen.findByRole("checkbox", { name: "Huge" });
  expect(huge).toBeChecked();
  expect(huge).toHaveAccessibleDescription("not on offer to you");
  await user.click(await screen.findByRole("checkbox", { name: "Small" }));
  await user.click(huge);
  await user.click(huge);
  await user.click(save());
  await waitFor(async () => expect(await sent("PATCH")).toEqual([{ profiles: ["Small", "Huge"] }]));
});

test("credentials that are stored are said to be, and never shown", async () => {
  const { sent } = open({ has_credentials: true });
  const keep = await screen.findByRole("radio", { name: "Keep the stored ones" });
  expect(keep).toBeChecked();
  expect(keep).toHaveAccessibleDescription(/for github\.com/);
  expect(screen.queryByLabelText("Token or password")).not.toBeInTheDocument();
  // The repository is looked at with them.
  await screen.findByText("2 branches and 0 tags found.");
  expect(await sent("POST", "/refs")).toEqual([{ repo_url: WAVES.repo_url, environment: "waves" }]);
});

test("stored credentials can be deleted", async () => {
  const { user, sent } = open({ has_credentials: true });
  await user.click(await screen.findByRole("radio", { name: "Delete the stored ones" }));
  await user.click(save());
  await waitFor(async () => expect(await sent("PATCH")).toEqual([{ credentials: null }]));
});

test("stored credentials can be replaced", async () => {
  const { user, sent } = open({ has_credentials: true });
  await user.click(await screen.findByRole("radio", { name: "User name and token" }));
  expect(screen.getByRole("checkbox", { name: /^Store them/ })).toBeChecked();
  await user.type(screen.getByLabelText("User name"), "bot");
  await user.type(screen.getByLabelText("Token or password"), "t0ken");
  expect(saveAndRebuild()).toBeVisible();
  await user.click(save());
  await waitFor(async () =>
    expect(await sent("PATCH")).toEqual([
      { credentials: { username: "bot", password: "t0ken", remember: true } },
    ]),
  );
});

test("another host loses the stored credentials, and one is told before", async () => {
  const { user } = open({ has_credentials: true });
  const address = await screen.findByLabelText("Address of the git repository");
  await user.clear(address);
  await user.type(address, "https://codeberg.org/ada/waves");
  expect(screen.getByRole("radio", { name: "Keep the stored ones" })).toHaveAccessibleDescription(
    /deleted with this change/,
  );
});

test("what somebody else changes meanwhile is not sent back", async () => {
  const { user, sent, client } = open();
  await user.type(await screen.findByLabelText("Description"), "!");
  act(() => client.setQueryData(keys.environment("waves"), { ...WAVES, display_name: "Water" }));
  expect(screen.getByLabelText("Description")).toHaveValue("For the course!");
  await user.click(save());
  await waitFor(async () =>
    expect(await sent("PATCH")).toEqual([{ description: "For the course!" }]),
  );
});

test("an environment that is not there is said not to be", async () => {
  open({}, { "GET /api/environments/waves": () => refuse(404, "Gone.") });
  expect(await screen.findByRole("heading", { name: "No such environment" })).toBeVisible();
  expect(screen.getByRole("link", { name: "See the environments" })).toHaveAttribute("href", "/");
});

test("who may not edit it sees who may", async () => {
  page.user = { name: "grace", admin: false, mayBuild: true };
  open();
  expect(await screen.findByText(/Only its owner, ada, and admins/)).toBeVisible();
  expect(screen.queryByRole("textbox")).not.toBeInTheDocument();
});

test("without an answer one can try again", async () => {
  let isUp = false;
  const { user } = open(
    {},
    {
      "GET /api/environments/waves": () => {
        if (!isUp) throw new TypeError("network");
        return WAVES;
      },
    },
  );
  const retry = await screen.findByRole("button", { name: "Try again" });
  isUp = true;
  await user.click(retry);
  expect(await ref()).toBeVisible();
});

test("a link asks before what was entered is lost", async () => {
  const { user, history } = open();
  const confirm = vi.spyOn(window, "confirm").mockReturnValue(false);
  await ref();
  await user.type(screen.getByLabelText("Description"), "!");
  // Links are below the service's prefix in a browser.
  const cancel = screen.getByRole("link", { name: "Cancel" }) as HTMLAnchorElement;
  cancel.href = "/services/envbuilder/environments/waves";
  await user.click(cancel);
  expect(confirm).toHaveBeenCalledOnce();
  expect(history).toHaveLength(1);
  confirm.mockReturnValue(true);
  await user.click(cancel);
  expect(history?.at(-1)).toBe("/environments/waves");
});

test("what is entered stays when somebody else deletes the environment", async () => {
  let isThere = true;
  const gone = () => refuse(404, "There is no environment waves, or it is not shared with you.");
  const { user, client } = open(
    {},
    {
      "GET /api/environments/waves": () => (isThere ? WAVES : gone()),
      "PATCH /api/environments/waves": gone,
    },
  );
  await ref();
  await user.type(screen.getByLabelText("Description"), "!");
  isThere = false;
  act(() => apply(client, { type: "deleted", environment: "waves", build: null }));
  expect(await screen.findByText(/^There is no environment “waves”/)).toBeVisible();
  await user.click(save());
  expect(
    await screen.findByText("There is no environment waves, or it is not shared with you."),
  ).toBeVisible();
  expect(screen.getByLabelText("Description")).toHaveValue("For the course!");
});
