import { expect, type Page } from "@playwright/test";

import type { Api } from "./api.ts";
import type { Deployment } from "./deployment.ts";
import { dockerfile, uniqueName } from "./repositories.ts";

export interface Course {
  name: string;
  title: string;
}

const shared = new WeakMap<Deployment, Course>();

/** An environment as `addCourse` makes it, the same one for all tests that leave it as it is. */
export async function theCourse(deployment: Deployment, builder: Api): Promise<Course> {
  const known = shared.get(deployment);
  const { items } = await builder.environments();
  if (known && items.some(({ name }) => name === known.name)) return known;
  const course = await addCourse(deployment, builder);
  shared.set(deployment, course);
  return course;
}

/** An environment that everybody can start a server from, with a repository of the same name. */
export async function addCourse(deployment: Deployment, builder: Api): Promise<Course> {
  const name = uniqueName("course");
  const title = `Course ${name.slice(-8)}`;
  const { url } = await deployment.addRepository(name, dockerfile(deployment.singleuserImage));
  await builder.addBuilt({ name, display_name: title, repo_url: url });
  return { name, title };
}

export const WEEKS = ["Algebra", "Biology", "Chemistry", "Dynamics", "Écologie marine", "Forestry", "Genomics"];

/** Exactly these environments, so many that there is a search; made once for all tests. */
export async function addWeeks(deployment: Deployment, admin: Api): Promise<void> {
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
