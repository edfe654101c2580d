import type { Page } from "@playwright/test";

import type { Api } from "../api.ts";
import type { Deployment } from "../deployment.ts";
import { axe, dockerfile, expect, screenshot, test, uniqueName } from "../fixtures.ts";
import { expectNoSideways, inDark } from "../servers.ts";

const WEEKS = ["Algebra", "Biology", "Chemistry", "Dynamics", "Écologie marine", "Forestry", "Genomics"];

test.afterEach(async ({ deployment }) => {
  await deployment.stopServers();
});

/** The form alone: the Hub's button is white on orange. */
const ours = { include: ["#envbuilder-form"] };

/** Exactly these environments, made once for all tests here. */
async function addWeeks(deployment: Deployment, admin: Api): Promise<void> {
  const there = (await admin.environments()).items.map((each) => each.display_name);
  if (JSON.stringify(there.sort()) === JSON.stringify([...WEEKS].sort())) return;
  await admin.removeAll();
  const start = uniqueName("week");
  const { url } = await deployment.addRepository(start, dockerfile(deployment.singleuserImage));
  await Promise.all(
    WEEKS.map((display_name, number) =>
      admin.addBuilt({
        name: `${start}-${number}`,
        display_name,
        repo_url: url,
        description: `All that week ${number} needs.`,
      }),
    ),
  );
}

async function open(page: Page, query = ""): Promise<void> {
  await page.goto(`/hub/spawn${query}`);
  await expect(page.getByRole("group", { name: /^Environ/ })).toBeVisible();
}

const shown = (page: Page) => page.getByRole("radio").and(page.locator(":visible")).count();

test("the form works without scripts", async ({ as, api, deployment }) => {
  await addWeeks(deployment, await api("ada"));
  const page = await as("linus", { javaScriptEnabled: false });
  await open(page);
  expect(await shown(page)).toBe(WEEKS.length);
  await expect(page.getByRole("searchbox")).toHaveCount(0);
  await page.getByRole("radio", { name: "Forestry" }).check();
  await expect(page.getByLabel("Machine for Algebra")).toBeHidden();
  await page.getByLabel("Machine for Forestry").selectOption("Medium");
  await expectNoSideways(page);
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page).toHaveURL(/spawn-pending|\/user\/linus/);
  await expect
    .poll(async () => page.goto("/hub/spawn-pending/linus").then(() => page.url()), {
      timeout: 30_000,
    })
    .toMatch(/\/user\/linus\//);
  const { items } = await (await api("linus")).ask<{ items: object[] }>("GET", "api/servers");
  expect(items).toMatchObject([{ display_name: "Forestry", profile: "Medium" }]);

  await test.step("what was used last comes first the next time", async () => {
    await deployment.stopServers("linus");
    await open(page);
    await expect(page.getByRole("radio").first()).toBeChecked();
    await expect(page.getByRole("radio").first()).toHaveAccessibleName("Forestry");
    await expect(page.getByText("Last used")).toBeVisible();
    await expect(page.getByLabel("Machine for Forestry")).toHaveValue("Medium");
  });
});

test("many environments are searched", async ({ as, api, deployment }) => {
  await addWeeks(deployment, await api("ada"));
  const page = await as("grace");
  await open(page);
  const search = page.getByRole("searchbox", { name: "Search the environments" });
  await expect(search).toBeVisible();
  await expect(page.locator("time").first()).toHaveText(/now|ago/);
  await axe(page, ours);
  await inDark(page, () => axe(page, ours));
  await expectNoSideways(page);
  await screenshot(page, "spawn");

  await search.fill("ecologie");
  await expect(page.getByText("1 of 7 environments")).toBeVisible();
  await search.press("Enter");
  await expect(page).toHaveURL(/\/hub\/spawn$/);
  await expect(page.getByRole("radio", { name: "Écologie marine" })).toBeChecked();
  await expect(page.getByRole("radio", { name: "Écologie marine" })).toBeFocused();
  expect(await shown(page)).toBe(1);

  await search.fill("nothing like it");
  await expect(page.getByText("No environment matches")).toBeVisible();
  await axe(page, ours);
  await page.getByRole("button", { name: "Clear the search" }).click();
  expect(await shown(page)).toBe(WEEKS.length);

  await search.fill("week 6");
  await page.getByText("Genomics", { exact: true }).click();
  await page.getByLabel("Machine for Genomics").selectOption("Medium");
  await page.getByRole("button", { name: "Start" }).click();
  await page.waitForURL(/\/user\/grace\/lab/, { timeout: 45_000, waitUntil: "commit" });
});

test("few environments have no search", async ({ as, api, deployment }) => {
  const admin = await api("ada");
  await addWeeks(deployment, admin);
  const first = (await admin.environments()).items[0];
  if (first) await admin.remove(first.name, { force: true });
  const page = await as("grace");
  await open(page);
  await expect(page.locator("time").first()).toHaveText(/now|ago/);
  await expect(page.getByRole("searchbox")).toHaveCount(0);
});

test("an address that cannot be started is chosen in the form", async ({ as, api, deployment }) => {
  const admin = await api("ada");
  await addWeeks(deployment, admin);
  const wanted = (await admin.environments()).items.find((each) => each.display_name === "Dynamics");
  const page = await as("grace");
  await open(page, `?environment=${wanted?.name}&profile=Medium&image=busybox`);
  await expect(page.getByText("'image' cannot be chosen")).toBeVisible();
  await expect(page.getByRole("radio", { name: "Dynamics" })).toBeChecked();
  await expect(page.getByLabel("Machine for Dynamics")).toHaveValue("Medium");
});

test("the form is there in French", async ({ as, api, deployment }) => {
  await addWeeks(deployment, await api("ada"));
  const page = await as("grace", { locale: "fr-FR" });
  await open(page);
  await expect(page.getByRole("group", { name: "Environnement" })).toHaveAttribute("lang", "fr");
  await page.getByRole("searchbox", { name: "Rechercher parmi les environnements" }).fill("bio");
  await expect(page.getByText("1 sur 7 environnements")).toBeVisible();
  await axe(page, ours);
});

test("the form works where its script cannot be had", async ({ as, api, deployment }) => {
  await addWeeks(deployment, await api("ada"));
  const page = await as("grace");
  await page.route("**/assets/spawn-form.js", (route) => route.abort());
  await open(page);
  await page.getByRole("radio", { name: "Biology" }).check();
  await expect(page.getByLabel("Machine for Biology")).toBeVisible();
  await page.getByRole("button", { name: "Start" }).click();
  await page.waitForURL(/\/user\/grace\/lab/, { timeout: 45_000, waitUntil: "commit" });
});
