import { expect, test } from "vitest";

import { badgeMarkdown, launchAddress } from "./badge";

const SERVICE = `${location.origin}/services/envbuilder/`;

test("a launch link names the environment, and the machine if one is chosen", () => {
  expect(launchAddress("waves", "")).toBe(`${SERVICE}launch?environment=waves`);
  expect(launchAddress("waves", "Large & fast")).toBe(
    `${SERVICE}launch?environment=waves&profile=Large+%26+fast`,
  );
});

test("a badge is an image that links to the launch, in Markdown", () => {
  expect(badgeMarkdown("Launch Waves", `${SERVICE}launch?environment=waves`)).toBe(
    `[![Launch Waves](${SERVICE}assets/badge.svg)](${SERVICE}launch?environment=waves)`,
  );
});

test("a name cannot end the badge's text or begin other Markdown", () => {
  expect(badgeMarkdown("Launch [x](http://evil)", "y")).toBe(
    `[![Launch \\[x\\]\\(http://evil\\)](${SERVICE}assets/badge.svg)](y)`,
  );
});
