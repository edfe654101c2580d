import { existsSync } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import {
  expect,
  test as base,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from "@playwright/test";

import { Api } from "./api.ts";
import { Deployment } from "./deployment.ts";
import { Sessions } from "./sessions.ts";

export { expect };
export { axe } from "./accessibility.ts";
export { screenshot } from "./screenshots.ts";
export { logIn } from "./sessions.ts";
export { dockerfile, failing, slow, talkative, uniqueName } from "./repositories.ts";

/** Milliseconds to start on a machine that has no base image yet. */
const START = 600_000;

interface ForEachTest {
  /** A page of the user's, who is logged in; addresses are relative to the service's. */
  as: (user: string, options?: BrowserContextOptions) => Promise<Page>;
  /** The API with the user's token. */
  api: (user: string) => Promise<Api>;
  /** End the session of a page that `as` gave, at the Hub and in its browser, as time does. */
  endSession: (page: Page) => Promise<void>;
  /** What pages say went wrong in them that a test expects. */
  allowedProblems: RegExp[];
  /** Gives the engine back, and keeps the Hub's log where a test has failed. */
  afterwards: void;
}

interface ForAllTests {
  /** Whether builds are pushed; a file that says so has a deployment of its own. */
  withRegistry: boolean;
  deployment: Deployment;
  sessions: Sessions;
}

export const test = base.extend<ForEachTest & { users: Map<BrowserContext, string> }, ForAllTests>({
  withRegistry: [false, { option: true, scope: "worker" }],

  deployment: [
    async ({ withRegistry }, use, { project }) => {
      // There is a worker for each failure; what does not start once is not tried for every test.
      const failed = join(project.outputDir, "did-not-start");
      if (existsSync(failed)) throw new Error("The deployment did not start for the first test.");
      const deployment = await Deployment.start({ withRegistry }).catch(async (error: unknown) => {
        await mkdir(project.outputDir, { recursive: true });
        await writeFile(failed, "");
        throw error;
      });
      await use(deployment);
      await deployment.stop();
    },
    { scope: "worker", timeout: START },
  ],

  sessions: [
    async ({ browser, deployment }, use) => {
      await use(new Sessions(browser, deployment));
    },
    { scope: "worker" },
  ],

  allowedProblems: [[], { option: true }],

  users: async ({}, use) => {
    await use(new Map());
  },

  baseURL: async ({ deployment }, use) => {
    await use(deployment.serviceUrl);
  },

  as: async ({ browser, deployment, sessions, users, allowedProblems }, use) => {
    const problems: string[] = [];
    await use(async (user, options = {}) => {
      const storageState = await sessions.of(user);
      const context = await browser.newContext({ storageState, ...options });
      users.set(context, user);
      const page = await context.newPage();
      watch(page, deployment.serviceUrl, problems);
      return page;
    });
    await Promise.all([...users.keys()].map((context) => context.close()));
    const unexpected = problems.filter((text) => !allowedProblems.some((allowed) => allowed.test(text)));
    expect(unexpected, "what went wrong in the service's pages").toEqual([]);
  },

  api: async ({ deployment }, use) => {
    await use(async (user) => new Api(deployment.serviceUrl, await deployment.token(user)));
  },

  endSession: async ({ deployment, sessions, users }, use) => {
    await use(async (page) => {
      const user = users.get(page.context());
      if (user === undefined) throw new Error("The page is not one that `as` gave.");
      await deployment.expireSessions(user);
      await page.context().clearCookies({ name: "jupyterhub-hub-login" });
      sessions.forget(user);
    });
  },

  afterwards: [
    async ({ deployment }, use, testInfo) => {
      await use();
      await deployment.restoreEngine();
      if (testInfo.status !== testInfo.expectedStatus) {
        await copyFile(deployment.hubLog, testInfo.outputPath("hub.log"));
      }
    },
    { auto: true },
  ],
});

/** Note what no test of our pages should overlook: uncaught errors, and what their policy forbids. */
function watch(page: Page, serviceUrl: string, problems: string[]): void {
  page.on("pageerror", (error) => {
    if (page.url().startsWith(serviceUrl)) problems.push(`${page.url()}: ${error.stack ?? error.message}`);
  });
  page.on("console", (message) => {
    const isForbidden = message.type() === "error" && message.text().includes("Content Security Policy");
    if (isForbidden && page.url().startsWith(serviceUrl)) problems.push(message.text());
  });
}
