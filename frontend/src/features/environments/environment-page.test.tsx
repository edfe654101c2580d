import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";

import { aBuild, inRegistry } from "../../../tests/builds";
import { aWhole } from "../../../tests/environments";
import { serve, show } from "../../../tests/server";
import { page } from "../../api/page";
import type { Environment } from "../../api/schema";
import EnvironmentPage from "./environment-page";

const ADA = { ...page.user };
afterEach(() => {
  page.user = ADA;
});

function open(environment: Environment, answers: Parameters<typeof serve>[0] = {}) {
  const builds = environment.last_build ? [environment.last_build] : [];
  const requests = serve({
    "GET /api/environments/waves": environment,
    "GET /api/environments/waves/builds": { items: builds, total: builds.length },
    "GET /api/profiles": { items: [], free_size: null },
    ...answers,
  });
  const { hook } = memoryLocation({ path: "/environments/waves" });
  show(
    <Router hook={hook}>
      <EnvironmentPage name="waves" />
    </Router>,
  );
  return requests;
}

const card = () => screen.findByRole("region", { name: "Run on your machine" });

test("the commands to run it at home are there to be copied", async () => {
  const user = userEvent.setup();
  vi.stubGlobal("isSecureContext", true); // jsdom has none
  page.user = { name: "grace", admin: false, mayBuild: false };
  const image = inRegistry();
  open(aWhole("waves", { current_build: aBuild(1, { registry_image: image }) }));
  const run = within(await card()).getByRole("textbox", { name: "Start JupyterLab" });
  expect(run).toHaveValue(`tljh-envbuilder run ${image.reference}`);
  const compose = screen.getByRole("textbox", { name: "A file for docker compose, for a group" });
  expect(compose).toHaveValue(`tljh-envbuilder compose ${image.reference} > compose.yaml`);
  expect(screen.getByRole("textbox", { name: "Only the image" })).toHaveValue(image.pull_command);
  expect(screen.queryByRole("textbox", { name: "Build it" })).toBeNull();
  await user.click(screen.getByRole("button", { name: "Copy the run command" }));
  expect(await navigator.clipboard.readText()).toBe(`tljh-envbuilder run ${image.reference}`);
});

test("an image that is on the Hub alone is built at home first", async () => {
  const current_build = aBuild(1);
  open(aWhole("waves", { current_build }));
  const install = within(await card()).getByRole("textbox", { name: /^Install once/ });
  expect(install).toHaveValue("pip install tljh-envbuilder");
  expect(screen.getByRole("button", { name: "Copy the install command" })).toBeVisible();
  const build = screen.getByRole("textbox", { name: "Build it" });
  expect(build).toHaveValue(
    `tljh-envbuilder build https://git.example.org/waves --ref ${current_build.resolved_ref} --name waves`,
  );
  expect(build).toHaveAccessibleDescription(/on this Hub alone/);
  expect(screen.getByRole("textbox", { name: "Start JupyterLab" })).toHaveAccessibleDescription(
    "JupyterLab opens with your current folder; what it writes there is yours.",
  );
  expect(screen.queryByRole("textbox", { name: "Only the image" })).toBeNull();
});

test("a build that waits is published from the environment's page", async () => {
  let published_at: string | null = null;
  const now = () => {
    const newest = aBuild(2, { published_at });
    const last_build = aBuild(3, { status: "failed", published_at: null });
    return published_at
      ? aWhole("waves", { last_build, current_build: newest })
      : aWhole("waves", { status: "unpublished", last_build, waiting_build: newest });
  };
  const requests = open(now(), {
    "GET /api/environments/waves": now,
    "POST /api/environments/waves/publish": () => {
      published_at = "2026-03-02T00:00:00Z";
      return {};
    },
  });
  const said = await screen.findByText(/^Build 2 is not published/);
  const notice = within(said.parentElement as HTMLElement);
  expect(notice.getByRole("link", { name: "See build 2" })).toHaveAttribute("href", "/builds/2");
  expect(notice.getByRole("link", { name: "Try it in a test server of build 2" })).toHaveAttribute(
    "href",
    "/launch?environment=waves&build=2",
  );
  await screen.findByRole("list", { name: "Builds of Waves" });
  // Once on the page is enough.
  expect(screen.getAllByRole("link", { name: /^Try/ })).toHaveLength(1);
  expect(screen.queryByRole("link", { name: "Open log Waves" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Publish for users (build 2)" }));
  await userEvent.click(screen.getByRole("button", { name: "Publish build 2" }));
  await waitFor(() => expect(screen.queryByText(/^Build 2 is not published/)).toBeNull());
  expect(await requests.find(({ method }) => method === "POST")?.json()).toEqual({ build: 2 });
});

test("an environment that is an image says which, and has nothing of a repository", async () => {
  const image = "quay.io/jupyter/scipy-notebook:lab";
  const current_build = aBuild(1, { repo_url: "", source_image: `${image}-1`, ref: "lab-1" });
  open(aWhole("waves", { image, repo_url: "", ref: "lab", current_build, publish: "manual" }));
  expect(await screen.findByText(image)).toBeVisible();
  expect(screen.getByText(new RegExp(`^What runs now is ${image}-1`))).toBeVisible();
  expect(screen.getByText("are published by hand")).toBeVisible();
  for (const text of [
    "Repository",
    "Branch, tag or commit",
    "Commit",
    "Looks for changes",
    "Webhook",
  ]) {
    expect(screen.queryByText(text)).toBeNull();
  }
});

test("a rebuild of an image asks for no ref", async () => {
  open(aWhole("waves", { image: "quay.io/o/waves:1", repo_url: "" }));
  await userEvent.click(await screen.findByRole("button", { name: "More actions for Waves" }));
  await userEvent.click(screen.getByRole("button", { name: "Rebuild with options… Waves" }));
  const dialog = screen.getByRole("dialog", { name: "Rebuild Waves" });
  expect(dialog).toHaveTextContent("whether its tag has moved. The image in use stays until the");
  expect(within(dialog).queryByRole("textbox")).toBeNull();
});

test.each([
  ["auto", "The image in use stays until the new one is ready."],
  ["manual", "The image in use stays until you publish the new one."],
] as const)("a rebuild says until when the image stays: %s", async (publish, sentence) => {
  open(aWhole("waves", { publish }));
  await userEvent.click(await screen.findByRole("button", { name: "More actions for Waves" }));
  await userEvent.click(screen.getByRole("button", { name: "Rebuild with options… Waves" }));
  expect(screen.getByText(sentence)).toBeVisible();
});
