import type { Page } from "@playwright/test";

import type { Api } from "../api.ts";
import type { Deployment } from "../deployment.ts";
import { axe, dockerfile, expect, failing, logIn, slow, talkative, test, uniqueName } from "../fixtures.ts";
import { Relay } from "../relay.ts";
import type { Files } from "../repositories.ts";
import { expectNoSideways, inDark } from "../servers.ts";

const log = (page: Page) => page.getByRole("region", { name: /^Log of build/ });
const line = (page: Page, text: string) => log(page).getByText(text, { exact: true });
const step = (page: Page, name: RegExp) => log(page).getByRole("button", { name });

/** Pixels between what is seen of the log and its end. */
const belowView = (page: Page) =>
  log(page).evaluate((box) => Math.round(box.scrollHeight - box.scrollTop - box.clientHeight));

/** Milliseconds of the page's main thread that a turn of the wheel costs, up through the whole log. */
async function costOfScrolling(page: Page, turns: number): Promise<number> {
  const session = await page.context().newCDPSession(page);
  // In processor time, whatever else the machine does.
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const spent = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration")?.value ?? NaN;
  };
  const height = await log(page).evaluate((box) => box.scrollHeight);
  await log(page).hover();
  const before = await spent();
  for (let turn = 0; turn < turns; turn++) {
    await page.mouse.wheel(0, -height / turns);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
  return (1000 * ((await spent()) - before)) / turns;
}

/** An environment of Barbara's whose first build has just been queued, and the number of that build. */
async function queue(deployment: Deployment, builder: Api, files: Files) {
  const name = uniqueName("waves");
  const title = `Waves ${name.slice(-8)}`;
  const { url } = await deployment.addRepository(name, files);
  const environment = await builder.add({ name, display_name: title, repo_url: url });
  return { name, title, id: environment.last_build?.id ?? 0 };
}

test("a build is followed live, and a server can be started from what it made", async ({ as, api, deployment }) => {
  const files = slow(deployment.singleuserImage, { lines: 70, every: 0.1 });
  const { title, id } = await queue(deployment, await api("barbara"), files);
  const page = await as("barbara");
  await page.goto(`builds/${id}`);
  await expect(page.getByRole("heading", { level: 1, name: `Build ${id} of ${title}` })).toBeVisible();
  await expect(page.getByText(/^Step 3 of 4: RUN for i/)).toBeVisible();
  await expect(line(page, "line 5")).toBeVisible();
  await expect(step(page, /RUN for i.*Running/)).toHaveAttribute("aria-expanded", "true");
  await expect(page.getByText("Running for")).toBeVisible();
  await axe(page);

  const follow = page.getByRole("button", { name: "Follow" });
  await expect(line(page, "line 35")).toBeVisible();
  await expect(follow).toHaveAttribute("aria-pressed", "true");
  await log(page).hover();
  await page.mouse.wheel(0, -200);
  await expect(follow).toHaveAttribute("aria-pressed", "false");
  const left = await belowView(page);
  await expect.poll(() => belowView(page)).toBeGreaterThan(left);
  await log(page).focus();
  await page.keyboard.press("End");
  await expect(follow).toHaveAttribute("aria-pressed", "true");
  await expect(line(page, "line 50")).toBeVisible();
  await expect.poll(() => belowView(page)).toBeLessThanOrEqual(1);

  await expect(page.getByRole("link", { name: `Start a server of ${title}` })).toBeVisible();
  await expect(log(page).getByText(/^Image .* is ready\.$/)).toBeVisible();
  await expect(follow).toBeHidden();
  await expect(line(page, "line 50")).toBeHidden();
  await step(page, /RUN for i.*Done/).click();
  await expect(line(page, "line 1")).toBeVisible();
  await axe(page);
  await inDark(page, () => axe(page));
  await expectNoSideways(page);
});

test("who watches a build sees that somebody else has cancelled it", async ({ as, api, deployment }) => {
  const files = slow(deployment.singleuserImage, { lines: 200 });
  const { id } = await queue(deployment, await api("barbara"), files);
  const [barbara, ada, grace] = [await as("barbara"), await as("ada"), await as("grace")];
  for (const page of [barbara, ada, grace]) {
    await page.goto(`builds/${id}`);
    await expect(line(page, "line 1")).toBeVisible();
    await expect(page.getByRole("list", { name: /^Builds of/ })).toBeVisible();
  }
  await expect(grace.getByRole("button", { name: "Cancel the build" })).toHaveCount(0);
  await ada.getByRole("button", { name: "Cancel the build" }).click();
  for (const page of [barbara, ada, grace]) {
    await expect(page.getByText("The build was cancelled by ada.").first()).toBeVisible();
    await expect(page.getByRole("button", { name: "Cancel the build" })).toBeHidden();
    await expect(step(page, /RUN for i.*Cancelled/)).toBeVisible();
  }
  await expect(ada.getByText(`Build ${id} is cancelled.`)).toBeVisible();
  await expect(barbara.getByRole("button", { name: "Try again" })).toBeVisible();
  await expect(grace.getByRole("button", { name: "Try again" })).toHaveCount(0);
  await axe(ada);
});

test("a build that fails shows where and why, and is tried again", async ({ as, api, deployment }) => {
  const { id } = await queue(deployment, await api("barbara"), failing(deployment.singleuserImage));
  const page = await as("barbara");
  await page.goto(`builds/${id}`);
  await expect(page.getByText(/failed with exit code 3\.$/).first()).toBeVisible();
  await expect(step(page, /install\.sh.*Failed/)).toHaveAttribute("aria-expanded", "true");
  await log(page).scrollIntoViewIfNeeded();
  await expect(line(page, "no such package: nonesuch")).toBeInViewport();
  await expect(line(page, "no such package: nonesuch")).toHaveClass("envbuilder-ansi-red");
  await expect(step(page, /this step succeeds.*Done/)).toHaveAttribute("aria-expanded", "false");
  await axe(page);
  await inDark(page, () => axe(page));
  await expectNoSideways(page);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { level: 1, name: new RegExp(`^Build ${id + 1} of`) })).toBeFocused();
  await expect(page.getByText(/failed with exit code 3\.$/).first()).toBeVisible();
  await expect(log(page).getByRole("heading", { name: /this step succeeds.*Cached/ })).toBeVisible();
  await page.getByRole("link", { name: `Log of build ${id}`, exact: true }).click();
  await expect(page.getByRole("link", { name: `Go to build ${id + 1}, the latest` })).toBeVisible();
});

test("a log of 100,000 lines is searched, linked to and scrolled", { tag: "@long" }, async ({ as, api, deployment }) => {
  const builder = await api("barbara");
  const { id } = await queue(deployment, builder, talkative(deployment.singleuserImage));
  const page = await as("barbara");
  await page.goto(`builds/${id}`);
  const rows = log(page).locator("[data-row]");
  // The end is followed, so that no line is there for long.
  await expect(log(page).getByText(/^line [2-9]\d{4}$/).first()).toBeVisible();
  expect(await rows.count()).toBeLessThan(150);
  expect((await builder.ended(id)).status).toBe("built");
  await expect(log(page).getByText(/^Image .* is ready\.$/)).toBeVisible();

  await step(page, /RUN for i/).click();
  await log(page).focus();
  await page.keyboard.press("End");
  await expect(log(page).getByText(/^Image .* is ready\.$/)).toBeVisible();
  await expect(line(page, "line 100000")).toBeVisible();
  expect(await rows.count()).toBeLessThan(150);
  expect(await costOfScrolling(page, 60), "milliseconds of each turn").toBeLessThan(50);
  expect(await rows.count()).toBeLessThan(150);

  const search = page.getByRole("searchbox", { name: "Search the log" });
  await search.fill("LINE 4321");
  await expect(page.getByText("11 matches")).toBeVisible();
  await search.press("Enter");
  await expect(page.getByText("1 of 11")).toBeVisible();
  await expect(line(page, "line 4321")).toBeInViewport();
  await search.press("Enter");
  await expect(line(page, "line 43210")).toBeInViewport();
  await search.press("Shift+Enter");
  await search.press("Shift+Enter");
  await expect(page.getByText("11 of 11")).toBeVisible();
  await expect(line(page, "line 43219")).toBeInViewport();
  await axe(page);

  const number = log(page).getByRole("link", { name: "Line 43219 of step 6" });
  await number.click();
  await expect(page).toHaveURL(/#step-6-L43219$/);
  await expect(number).toHaveAttribute("aria-current", "true");
  const copy = await as("barbara");
  await copy.goto(page.url());
  await expect(line(copy, "line 43219")).toBeInViewport();
  await expect(copy.getByRole("link", { name: "Line 43219 of step 6" })).toHaveAttribute("aria-current", "true");
});

test("a log that is cut off says so and goes on without a gap or a repeat", async ({ as, api, deployment }) => {
  const files = slow(deployment.singleuserImage, { lines: 60, every: 0.15 });
  const builder = await api("barbara");
  const { id } = await queue(deployment, builder, files);
  const page = await as("barbara");
  const relay = await Relay.before(deployment.serviceUrl);
  await page.goto(relay.through(`${deployment.serviceUrl}builds/${id}`));
  await expect(line(page, "line 5")).toBeVisible();
  relay.cut();
  await expect(page.getByText(/^The connection is lost/)).toBeVisible();
  await axe(page);
  relay.mend();
  await expect(page.getByText(/^The connection is lost/)).toBeHidden();
  await expect(page.getByText("Built").first()).toBeVisible();
  await step(page, /RUN for i.*Done/).click();
  await page.setViewportSize({ width: 1280, height: 3000 });
  const lines = (await builder.log(id)).match(/^line \d+$/gm);
  expect(lines).toHaveLength(60);
  await expect.poll(() => log(page).getByText(/^line \d+$/).allTextContents()).toEqual(lines);
  relay.close();
});

test("a build waits for an engine that is away, and so does its log", { tag: "@long" }, async ({ as, api, deployment }) => {
  const builder = await api("barbara");
  const files = slow(deployment.singleuserImage, { lines: 12, every: 0.4 });
  const { id } = await queue(deployment, builder, files);
  const page = await as("barbara");
  await page.goto(`builds/${id}`);
  await expect(line(page, "line 3")).toBeVisible();
  await deployment.cutEngine();
  await expect(log(page).getByText(/^The container engine .* The build will go on\.$/)).toBeVisible();
  await axe(page);
  await deployment.restoreEngine();
  await expect(page.getByRole("link", { name: /^Start a server of/ })).toBeVisible();
});

test("who is logged out while the log runs is led to the login and back", { tag: "@long" }, async ({
  as,
  api,
  deployment,
  endSession,
}) => {
  const files = slow(deployment.singleuserImage, { lines: 80 });
  const { id } = await queue(deployment, await api("barbara"), files);
  const page = await as("grace");
  await page.goto(`builds/${id}`);
  await expect(line(page, "line 1")).toBeVisible();
  await endSession(page);
  // The service looks every ten seconds who still may read.
  await expect(page.getByText("You are no longer logged in.")).toBeVisible();
  await axe(page);
  await page.getByRole("link", { name: "Log in again" }).click();
  await logIn(page, "grace", deployment.password);
  await expect(page).toHaveURL(`${deployment.serviceUrl}builds/${id}`);
  await expect(line(page, "line 30")).toBeVisible();
  await (await api("barbara")).cancel(id);
});

test("a build goes on when the service was killed, and so does its log", { tag: "@long" }, async ({ as, api, deployment }) => {
  const files = slow(deployment.singleuserImage, { lines: 12, every: 0.4 });
  const builder = await api("barbara");
  const { id } = await queue(deployment, builder, files);
  const page = await as("barbara");
  await page.clock.install();
  await page.goto(`builds/${id}`);
  await expect(line(page, "line 3")).toBeVisible();
  await deployment.killService();
  // The proxy does not break the connection: what tells is that nothing comes for so long.
  await page.clock.fastForward("00:25");
  await expect(page.getByText(/^The connection is lost/)).toBeVisible();
  await expect(log(page).getByText(/^The service was restarted/)).toBeVisible();
  await expect(step(page, /RUN for i.*Interrupted/)).toBeVisible();
  await expect(step(page, /RUN for i.*Running/)).toBeVisible();
  await expect(page.getByRole("link", { name: /^Start a server of/ })).toBeVisible();
  await step(page, /RUN for i.*Done/).click();
  await expect(line(page, "line 12")).toHaveCount(1);
});

test("an earlier build is made current again from the history", { tag: "@long" }, async ({ as, api, deployment }) => {
  const builder = await api("barbara");
  const { name, title, id } = await queue(deployment, builder, dockerfile(deployment.singleuserImage));
  await builder.ended(id);
  await deployment.commit(name, slow(deployment.singleuserImage, { lines: 12 }));
  const { id: later } = await builder.rebuild(name);
  const page = await as("barbara");
  await page.goto(`builds/${later}`);
  await expect(page.getByText(/^\((about .* left|longer than usual, which is .* s)\)$/)).toBeVisible();
  const history = page.getByRole("list", { name: `Builds of ${title}` });
  const entry = (number: number) => history.getByRole("listitem").filter({ hasText: `Build ${number}` });
  await expect(entry(later).getByText("Current")).toBeVisible();
  await page.getByRole("button", { name: `Roll back to build ${id}` }).click();
  const dialog = page.getByRole("dialog", { name: `Roll back to build ${id}?` });
  await expect(dialog).toContainText(`New servers of ${title} start from build ${id} at once.`);
  await axe(page);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("button", { name: `Roll back to build ${id}` })).toBeFocused();
  await page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: `Roll back to build ${id}` }).click();
  await expect(entry(id).getByText("Current")).toBeVisible();
  await expect(page.getByText(`Build ${id} is now the current one of ${title}.`)).toBeVisible();
  await expect(history).toBeFocused();
  await expect(entry(later).getByRole("button", { name: `Roll back to build ${later}` })).toBeVisible();
  await expect(page.getByRole("link", { name: "Start a server from this build" })).toBeVisible();
  expect((await builder.environment(name)).current_build?.id).toBe(id);
  await inDark(page, () => axe(page));
  await expectNoSideways(page);
});

test("builds that wait say where they are in the queue", async ({ as, api, deployment }) => {
  const builder = await api("barbara");
  const files = () => slow(deployment.singleuserImage, { lines: 100 });
  const builds = [];
  for (let count = 0; count < 4; count++) builds.push(await queue(deployment, builder, files()));
  const page = await as("barbara");
  await page.goto(`builds/${builds[3]?.id}`);
  await expect(page.getByText("Number 2 in the queue")).toBeVisible();
  await expect(page.getByText("The log begins when it is the build’s turn.")).toBeVisible();
  await axe(page);
  await builder.cancel(builds[2]?.id ?? 0);
  await expect(page.getByText("Number 1 in the queue")).toBeVisible();
  await page.getByRole("button", { name: "Cancel the build" }).click();
  await expect(page.getByText("The build was cancelled by barbara.").first()).toBeVisible();
  for (const { id } of builds.slice(0, 2)) await builder.cancel(id);
});

test("the log is copied, and downloaded under a name that tells what it is", async ({ as, api, deployment }) => {
  const builder = await api("barbara");
  const { name, id } = await queue(deployment, builder, failing(deployment.singleuserImage));
  await builder.ended(id);
  const page = await as("barbara", { permissions: ["clipboard-read", "clipboard-write"] });
  for (const hasTls of [true, false]) {
    if (!hasTls) await page.addInitScript('Object.defineProperty(window, "isSecureContext", { value: false })');
    await page.goto(`builds/${id}`);
    expect(await page.evaluate(() => isSecureContext)).toBe(hasTls);
    await page.evaluate(() => navigator.clipboard.writeText(""));
    await expect(log(page).getByText("Failed", { exact: true }).first()).toBeAttached();
    await page.getByRole("button", { name: "Copy the log" }).click();
    await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toContain("\nabout to fail\nno such package: nonesuch\n");
  }
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download the log" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe(`${name}-build-${id}.log`);
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString()).toContain("no such package: nonesuch");
});

test("a build that is not there, or of what one may not see, leads back", async ({ as, api, deployment }) => {
  const builder = await api("barbara");
  const name = uniqueName("secret");
  const { url } = await deployment.addRepository(name, dockerfile(deployment.singleuserImage));
  const environment = await builder.add({
    name,
    display_name: name,
    repo_url: url,
    visibility: { everyone: false, users: [], groups: [] },
  });
  const page = await as("grace");
  for (const id of [environment.last_build?.id, 999_999, "nonsense"]) {
    await page.goto(`builds/${id}`);
    await expect(page.getByRole("heading", { name: "There is no such build" })).toBeVisible();
  }
  await axe(page);
  await page.getByRole("link", { name: "Go to the environments" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Environments" })).toBeVisible();
});
