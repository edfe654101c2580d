import { expect, type Browser, type BrowserContext, type Page } from "@playwright/test";

import type { Deployment } from "./deployment.ts";

type State = Awaited<ReturnType<BrowserContext["storageState"]>>;

/** Fill in the Hub's login form and send it. */
export async function logIn(page: Page, user: string, password: string): Promise<void> {
  await page.getByLabel("Username:").fill(user);
  await page.getByLabel("Password:").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Logs each user in once, by the Hub's form, and remembers the cookies. */
export class Sessions {
  private readonly states = new Map<string, State>();

  constructor(
    private readonly browser: Browser,
    private readonly deployment: Deployment,
  ) {}

  async of(user: string): Promise<State> {
    const known = this.states.get(user);
    if (known !== undefined) return known;
    const context = await this.browser.newContext();
    const page = await context.newPage();
    const { pathname } = new URL(this.deployment.serviceUrl);
    await page.goto(`${this.deployment.hubUrl}hub/login?next=${encodeURIComponent(pathname)}`);
    await logIn(page, user, this.deployment.password);
    await expect(page).toHaveURL(this.deployment.serviceUrl);
    const state = await context.storageState();
    await context.close();
    this.states.set(user, state);
    return state;
  }

  forget(user: string): void {
    this.states.delete(user);
  }
}
