import { expect, type Page } from "@playwright/test";

import type { Api } from "./api.ts";
import type { Deployment } from "./deployment.ts";
import { dockerfile, uniqueName } from "./repositories.ts";

/** An environment that everybody can start a server from, with a repository of the same name. */
export async function addCourse(
  deployment: Deployment,
  builder: Api,
): Promise<{ name: string; title: string }> {
  const name = uniqueName("course");
  const title = `Course ${name.slice(-8)}`;
  const { url } = await deployment.addRepository(name, dockerfile(deployment.singleuserImage));
  await builder.addBuilt({ name, display_name: title, repo_url: url });
  return { name, title };
}

/** Do something while the page is dark. */
export async function inDark(page: Page, action: () => Promise<void>): Promise<void> {
  await page.emulateMedia({ colorScheme: "dark" });
  await expect(page.locator("html")).toHaveAttribute("data-bs-theme", "dark");
  await action();
  await page.emulateMedia({ colorScheme: null });
}

/** Assert that nobody with a phone has to scroll the page sideways. */
export async function expectNoSideways(page: Page): Promise<void> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(excess, "pixels to scroll sideways at 390").toBeLessThanOrEqual(0);
  if (before !== null) await page.setViewportSize(before);
}
