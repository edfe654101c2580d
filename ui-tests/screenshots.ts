import { fileURLToPath } from "node:url";

import type { Locator, Page } from "@playwright/test";

const FOLDER = fileURLToPath(new URL("../docs/images/", import.meta.url));
const HEIGHT = { 1280: 800, 390: 844 } as const;

/**
 * Write `docs/images/<name>-<1280|390>-<light|dark>.png`, four pictures of the page as it is now; only
 * with SCREENSHOTS=1. `mask` covers what differs from run to run.
 */
export async function screenshot(
  page: Page,
  name: string,
  { mask = [], fullPage = false }: { mask?: Locator[]; fullPage?: boolean } = {},
): Promise<void> {
  if (process.env.SCREENSHOTS !== "1") return;
  const before = page.viewportSize();
  const wasDark = await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
  await holdStill(page);
  for (const width of [1280, 390] as const) {
    await page.setViewportSize({ width, height: HEIGHT[width] });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({
        path: `${FOLDER}${name}-${width}-${colorScheme}.png`,
        animations: "allow",
        caret: "initial",
        scale: "css",
        fullPage,
        mask,
      });
    }
  }
  await page.evaluate(() => document.adoptedStyleSheets.pop());
  await page.emulateMedia({ colorScheme: wasDark ? "dark" : "light", reducedMotion: null });
  if (before !== null) await page.setViewportSize(before);
}

/** What Playwright would do with a style element, which our content security policy forbids. */
async function holdStill(page: Page): Promise<void> {
  await page.evaluate(() => {
    const still = "animation: none !important; transition: none !important; caret-color: transparent !important";
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`*, ::before, ::after { ${still}; }`);
    document.adoptedStyleSheets.push(sheet);
  });
}
