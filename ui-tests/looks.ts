import type { Page } from "@playwright/test";

import { axe } from "./accessibility.ts";
import { expectNoSideways, inDark } from "./servers.ts";

/** Assert that the page as it is now is accessible in light and in dark, and fits on a phone. */
export async function expectUsable(page: Page): Promise<void> {
  await axe(page);
  await inDark(page, () => axe(page));
  await expectNoSideways(page);
}
