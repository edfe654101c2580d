import type { Page } from "@playwright/test";

import { axe, expect, test } from "../fixtures.ts";
import { addCourse, addWeeks, expectNoSideways, inDark, theCourse } from "../servers.ts";

test.afterEach(async ({ deployment }) => {
  await deployment.stopServers();
});

const card = (page: Page, name: string) => page.getByRole("article", { name, exact: true });

test("where there is nothing to start, the page says what to do", async ({ as, api }) => {
  await (await api("ada")).removeAll();
  const user = await as("grace");
  await user.goto("servers");
  await expect(user.getByText("Ask an admin to add one")).toBeVisible();
  await axe(user);
  const builder = await as("barbara");
  await builder.goto("servers");
  await expect(builder.getByText("Add one, or wait until one is built.")).toBeVisible();
  await builder.getByRole("link", { name: "Go to the environments" }).click();
  await expect(builder.getByRole("heading", { level: 1, name: "Environments" })).toBeVisible();
});

test("a server is started, opened, restarted and stopped", async ({ as, api, deployment }) => {
  test.slow(); // two builds and two starts
  const { name, title } = await addCourse(deployment, await api("barbara"));
  const page = await as("grace");
  await page.goto("servers");
  await expect(page.getByText("You have no server.")).toBeVisible();
  await axe(page);
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(page.getByText("Choose an environment.", { exact: true })).toBeVisible();
  await page.getByRole("radio", { name: title }).check();
  await expect(page.getByRole("combobox", { name: "Machine" })).toHaveValue("Small");
  await test.step("a size of one's own is within bounds", async () => {
    await page.getByRole("checkbox", { name: "A size of my own instead" }).check();
    const memory = page.getByRole("textbox", { name: "Memory" });
    await memory.fill("64");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await expect(memory).toHaveAccessibleDescription("3 GiB at most.");
    await expect(memory).toHaveAttribute("aria-invalid", "true");
    await axe(page);
    await expectNoSideways(page);
    await page.getByRole("checkbox", { name: "A size of my own instead" }).uncheck();
  });
  await page.getByRole("combobox", { name: "Machine" }).selectOption("Medium");
  await inDark(page, () => axe(page));
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(page.getByRole("progressbar", { name: `Starting ${title}` })).toBeVisible();
  await axe(page);

  const open = page.getByRole("link", { name: "Open Default server" });
  await expect(open).toBeVisible();
  const server = card(page, "Default server");
  await expect(server.getByText("Medium")).toBeVisible();
  await expect(server.getByText(/^\d+ MiB of 1 GiB$/)).toBeVisible();
  await expect(server.getByText(/of 1\.5 cores$/)).toBeVisible();
  await axe(page);
  await inDark(page, () => axe(page));
  await expectNoSideways(page);

  await test.step("a newer build is told, and a restart gets it", async () => {
    const builder = await api("barbara");
    const { commit } = await deployment.commit(name, { "more.txt": "more\n" });
    const build = await builder.rebuild(name);
    expect((await builder.ended(build.id)).status).toBe("built");
    await expect(server.getByText("A newer build is there")).toBeVisible();
    await axe(page);
    await server.getByRole("button", { name: "Restart" }).click();
    await expect(page.getByRole("progressbar")).toBeVisible();
    await expect(server.getByText(commit.slice(0, 7))).toBeVisible();
    await expect(server.getByText("Medium")).toBeVisible();
    await expect(server.getByText("A newer build is there")).toBeHidden();
  });

  await test.step("it is opened", async () => {
    await open.click();
    await page.waitForURL(/\/user\/grace\/lab\/tree\//, { waitUntil: "commit", timeout: 180_000 });
    await page.goto("servers");
  });

  await page.getByRole("button", { name: "Stop Default server" }).click();
  await expect(page.getByText("Default server is stopped.")).toBeVisible();
  await expect(page.getByText("You have no server.")).toBeVisible();
});

test("another server gets a name and runs beside the first one", { tag: "@long" }, async ({ as, api, deployment }) => {
  const { name, title } = await theCourse(deployment, await api("barbara"));
  await (await api("linus")).startServer({ environment: name });
  const page = await as("linus");
  await page.goto("servers");
  // Started elsewhere, and followed here.
  await expect(page.getByRole("link", { name: "Open Default server" })).toBeVisible();
  await page.getByRole("button", { name: "Start another server" }).click();
  await page.getByRole("radio", { name: title }).check();
  const field = page.getByRole("textbox", { name: "Server name" });
  await expect(field).toHaveValue(name);
  await field.fill("my server");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(page.getByText("Use letters, digits")).toBeVisible();
  await axe(page);
  await field.fill("second");
  await page.getByRole("button", { name: "Start", exact: true }).click();

  await test.step("the start is cancelled", async () => {
    await page.getByRole("button", { name: "Cancel the start (second)" }).click();
    await expect(page.getByText("The start of second is cancelled.")).toBeVisible();
    await expect(card(page, "second")).toBeHidden();
    await expect(card(page, "Default server")).toBeVisible();
  });
});

test("a start that fails says why, and nothing that was chosen is lost", { tag: "@long" }, async ({
  as,
  api,
  deployment,
}) => {
  const builder = await api("barbara");
  const { name, title } = await addCourse(deployment, builder);
  const page = await as("grace");
  await page.goto("servers");
  await page.getByRole("radio", { name: title }).check();
  // Meanwhile somebody changes which machines may be used.
  await builder.change(name, { profiles: ["Medium"] });
  await page.getByRole("combobox", { name: "Machine" }).selectOption("Small");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("does not offer the machine 'Small'");
  await axe(page);
  await inDark(page, () => axe(page));
  await builder.change(name, { profiles: null });
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("link", { name: "Open Default server" })).toBeVisible();
});

test("without the engine servers are still shown, without what they use", async ({
  as,
  api,
  deployment,
}) => {
  const { name, title } = await theCourse(deployment, await api("barbara"));
  await (await api("grace")).startServer({ environment: name });
  const page = await as("grace");
  await page.goto("servers");
  const server = card(page, "Default server");
  await expect(server.getByText("Memory")).toBeVisible();
  await deployment.cutEngine();
  await page.reload();
  await expect(server.getByRole("link", { name: title })).toBeVisible();
  await expect(server.getByText("Memory")).toBeHidden();
  await deployment.restoreEngine();
});

test("somebody whose session has ended is led to the login and back", async ({
  as,
  api,
  deployment,
  endSession,
}) => {
  const { name } = await theCourse(deployment, await api("barbara"));
  await (await api("grace")).startServer({ environment: name });
  const page = await as("grace");
  await page.goto("servers");
  await expect(page.getByRole("link", { name: "Open Default server" })).toBeVisible();
  await endSession(page);
  await page.waitForTimeout(1100); // the service believes a token for a second
  await page.getByRole("button", { name: "Stop Default server" }).click();
  const login = page.getByRole("link", { name: "Log in again" }).first();
  await expect(login).toHaveAttribute("href", /login\?next=.*%2Fservers$/);
});

test("the page is there in French", async ({ as, api, deployment }) => {
  const { title } = await theCourse(deployment, await api("barbara"));
  const page = await as("grace", { locale: "fr-FR", viewport: { width: 390, height: 844 } });
  await page.goto("servers");
  await page.getByRole("radio", { name: title }).check();
  await expect(page.getByRole("button", { name: "Démarrer", exact: true })).toBeVisible();
  await axe(page);
  await expectNoSideways(page);
});

test("a long list is searched", async ({ as, api, deployment }) => {
  await addWeeks(deployment, await api("ada"));
  const page = await as("grace");
  await page.goto("servers");
  await page.getByRole("searchbox", { name: "Search the environments" }).fill("forest");
  await expect(page.getByText("1 match", { exact: true })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("radio", { name: "Forestry" })).toBeChecked();
  await axe(page);
  await page.getByRole("searchbox").fill("nothing of the kind");
  await expect(page.getByText("No environment that you can start matches")).toBeVisible();
  await page.getByRole("button", { name: "Clear the search" }).click();
  await expect(page.getByRole("radio", { name: "Genomics" })).toBeVisible();
});
