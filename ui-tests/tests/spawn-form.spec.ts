import type { Page } from "@playwright/test";

import { axe, expect, test } from "../fixtures.ts";
import { addWeeks, expectNoSideways, inDark, WEEKS } from "../servers.ts";

test.afterEach(async ({ deployment }) => {
  await deployment.stopServers();
});

/** The form alone: the Hub's button is white on orange. */
const ours = { include: ["#envbuilder-form"] };

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
      timeout: 120_000,
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

test("a size of one's own is entered without scripts, and what is wrong with it is said beside it", async ({
  as,
  api,
  deployment,
}) => {
  await addWeeks(deployment, await api("ada"));
  const page = await as("linus", { javaScriptEnabled: false });
  await open(page);
  await page.getByRole("radio", { name: "Biology" }).check();
  const memory = page.getByRole("textbox", { name: "Memory in GiB for Biology" });
  await expect(memory).toBeHidden();
  await page.getByRole("checkbox", { name: "A size of my own instead for Biology" }).check();
  await expect(memory).toHaveAccessibleDescription("3 at most.");
  await memory.fill("64");
  await page.getByRole("textbox", { name: "CPU cores for Biology" }).fill("0,5");
  await expectNoSideways(page);
  await page.getByRole("button", { name: "Start" }).click();
  await expect(memory).toHaveAccessibleDescription("Enter a number of GiB from 0.01 to 3.");
  await expect(memory).toHaveAttribute("aria-invalid", "true");
  await expect(memory).toHaveValue("64");
  await expect(page.getByRole("radio", { name: "Biology" })).toBeChecked();
  await memory.fill("1,5");
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page).toHaveURL(/spawn-pending|\/user\/linus/);
  const { items } = await (await api("linus")).ask<{ items: object[] }>("GET", "api/servers");
  expect(items).toMatchObject([
    { display_name: "Biology", profile: null, own_size: { mem_limit: 1.5 * 2 ** 30, cpu_limit: 0.5 } },
  ]);
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
  await expect(page).toHaveURL(/spawn-pending|\/user\/grace/);
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
  await expect(page).toHaveURL(/spawn-pending|\/user\/grace/);
});

// Last: it takes one away from the environments of the other tests.
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
