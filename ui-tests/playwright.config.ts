import { existsSync } from "node:fs";

import { defineConfig } from "@playwright/test";

// None of these: Playwright looks for its own, and says how to get it.
const executablePath = [process.env.CHROMIUM ?? "", "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
  (path) => existsSync(path),
);

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  // Each has a deployment of its own; the tests of a file share it, and some take its engine or its
  // service away. Two cores bear no more.
  workers: 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  reporter: "list",
  timeout: 240_000,
  expect: { timeout: 60_000 },
  use: {
    browserName: "chromium",
    locale: "en-US",
    timezoneId: "UTC",
    viewport: { width: 1280, height: 800 },
    // Takes a fifth of the time of all tests, and in CI nobody could look at it.
    trace: process.env.CI ? "off" : "retain-on-failure",
    launchOptions: {
      ...(executablePath !== undefined && { executablePath }),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
