import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/**
 * Assert that axe finds nothing against WCAG 2.0, 2.1 and 2.2, A and AA, on the page as it is now.
 * `include` and `exclude` are selectors, for pages that are not all ours.
 */
export async function axe(
  page: Page,
  { include = [], exclude = [] }: { include?: string[]; exclude?: string[] } = {},
): Promise<void> {
  // A colour on its way from light to dark has a contrast that nobody reads by.
  await page.evaluate(async () => {
    const transitions = document.getAnimations().filter((each) => each instanceof CSSTransition);
    await Promise.allSettled(transitions.map(({ finished }) => finished));
  });
  // What it would load beforehand, for rules that are not asked for, breaks the pages' own policy.
  const builder = new AxeBuilder({ page }).options({ preload: false }).withTags(WCAG);
  for (const selector of include) builder.include(selector);
  for (const selector of exclude) builder.exclude(selector);
  const { violations } = await builder.analyze();
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}\n  ${node.html}\n  ${node.failureSummary ?? ""}`),
  );
  expect(found, "violations of WCAG A and AA").toEqual([]);
}
