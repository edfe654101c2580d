import type { Page } from "@playwright/test";

import { axe, dockerfile, expect, failing, test, uniqueName } from "../fixtures.ts";
import { expectNoSideways } from "../servers.ts";

test.use({ locale: "fr-FR", viewport: { width: 390, height: 844 } });

/** Words that only English has, of those in its catalogue. */
const ENGLISH =
  /\b(?:the|and|of|to|for|with|was|is|not|build|built|environments?|add|edit|save|search|status|name|size|owner|everyone|log|step|ready|failed|delete|rebuild|repository|branch|more|servers?|nothing|loading|copy|running)\b/i;

/** All that our part of the page says, seen or heard, but for logs, commands and what people have called things. */
async function textsOf(page: Page, own: readonly string[]): Promise<string[]> {
  const texts = await page.locator("#app").evaluate((app) => {
    const found: string[] = [];
    const said = ["aria-label", "placeholder", "title", "alt"];
    for (const element of app.querySelectorAll("*:not(.envbuilder-log, .envbuilder-log *, code, .envbuilder-command)")) {
      found.push(...said.map((name) => element.getAttribute(name) ?? ""));
      for (const node of element.childNodes) {
        if (node.nodeType === Node.TEXT_NODE) found.push(node.textContent ?? "");
      }
    }
    return found;
  });
  return texts.map((text) => own.reduce((rest, each) => rest.replaceAll(each, ""), text));
}

test("the pages are there in French", async ({ as, api, deployment }) => {
  test.slow(); // two builds and many pages
  const barbara = await api("barbara");
  await (await api("ada")).removeAll();
  const name = uniqueName("ondes");
  const { url } = await deployment.addRepository(name, dockerfile(deployment.singleuserImage, [], "environments"));
  const ready = await barbara.addBuilt({ name, display_name: "Ondes", repo_url: url, schedule: "daily" });
  const broken = await deployment.addRepository(`${name}-2`, failing(deployment.singleuserImage));
  const added = await barbara.add({ name: `${name}-2`, display_name: "Panne", repo_url: broken.url });
  const failed = await barbara.ended(added.last_build?.id ?? 0);

  const page = await as("barbara");
  const own = [name, url, url.replace("http://", "").replace(".git", ""), deployment.serviceUrl, failed.error ?? ""];
  const pages: [path: string, heading: string | RegExp][] = [
    ["./", "Environnements"],
    ["./?q=rien", "Environnements"],
    ["add", /^Ajouter/],
    [`environments/${name}`, "Ondes"],
    [`environments/${name}/edit`, /^Modifier/],
    ["environments/rien", "Environnement introuvable"],
    [`builds/${ready.current_build?.id}`, /Ondes/],
    [`builds/${failed.id}`, /Panne/],
    ["servers", /serveurs/],
  ];
  for (const [path, heading] of pages) {
    await test.step(path, async () => {
      await page.goto(path);
      await expect(page.locator("html")).toHaveAttribute("lang", "fr");
      await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
      await expect(page.getByText("Chargement")).toHaveCount(0);
      const texts = await textsOf(page, own);
      expect(texts.filter((text) => ENGLISH.test(text)), "what is not French").toEqual([]);
      await expectNoSideways(page);
    });
  }
  await page.goto("add");
  await page.getByRole("button", { name: /^Ajouter/ }).click();
  await expect(page.getByRole("textbox").first()).toHaveAttribute("aria-invalid", "true");
  await axe(page);
  expect((await textsOf(page, own)).filter((text) => ENGLISH.test(text))).toEqual([]);
});
