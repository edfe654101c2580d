import type { Page } from "@playwright/test";

import type { Api } from "../api.ts";
import type { Deployment } from "../deployment.ts";
import { axe, dockerfile, expect, logIn, slow, test, uniqueName } from "../fixtures.ts";
import { expectUsable } from "../looks.ts";
import { expectNoSideways } from "../servers.ts";

type Request = Parameters<Api["add"]>[0];

/** The row of an environment in the list. */
const row = (page: Page, title: string) =>
  page.getByRole("row").filter({ has: page.getByRole("link", { name: title, exact: true }) });

const more = (page: Page, title: string) => page.getByRole("button", { name: `More actions for ${title}` });

const action = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

/** An environment that is ready within a second or two: they share what Docker has cached. */
async function addReady(deployment: Deployment, owner: Api, request: Partial<Request> = {}) {
  const name = uniqueName("waves");
  const files = dockerfile(deployment.singleuserImage, [], "environments");
  const { url } = await deployment.addRepository(name, files);
  return owner.addBuilt({ name, display_name: `Waves ${name.slice(-8)}`, repo_url: url, ...request });
}

test("where there is nothing yet, the page says what to do first", async ({ as, api, deployment }) => {
  await (await api("ada")).removeAll();
  const builder = await as("barbara");
  await builder.goto("./");
  await expect(builder.getByRole("heading", { name: "There is no environment yet" })).toBeVisible();
  await expect(builder.getByRole("searchbox")).toBeHidden();
  await expectUsable(builder);
  await builder.getByRole("link", { name: "github.com/binder-examples/requirements" }).click();
  const address = builder.getByRole("textbox", { name: "Address of the git repository" });
  await expect(address).toHaveValue("https://github.com/binder-examples/requirements");
  await builder.goBack();
  await builder.getByRole("textbox", { name: "Address of a git repository" }).fill("https://git.example.org/o/r");
  await builder.keyboard.press("Enter");
  await expect(address).toHaveValue("https://git.example.org/o/r");

  const user = await as("grace");
  await user.goto("add");
  await expect(user.getByRole("heading", { level: 1, name: "You may not add environments" })).toBeVisible();
  await expect(user.getByText("Ask an admin of this Hub")).toBeVisible();
  await expect(user.getByRole("textbox")).toHaveCount(0);
  await expectUsable(user);
  await user.getByRole("link", { name: "See the environments" }).click();
  await expect(user.getByRole("heading", { level: 1, name: "Environments" })).toBeFocused();
  await expect(user.getByText("Nothing is shared with you so far.")).toBeVisible();
  await expect(user.getByRole("textbox")).toHaveCount(0);
  await expectUsable(user);
  const { display_name: title } = await addReady(deployment, await api("barbara"));
  await expect(row(user, title).getByText("Ready")).toBeVisible();
});

test("the list says of each environment what it is, and finds the one that is looked for", async ({
  as,
  api,
  deployment,
}) => {
  await (await api("ada")).removeAll();
  const barbara = await api("barbara");
  const algebra = await addReady(deployment, barbara, {
    display_name: "Algebra",
    description: "Notebooks for the first year.",
    visibility: { users: ["linus"], groups: ["lecturers"] },
  });
  await addReady(deployment, await api("ada"), { display_name: "Zoology" });
  const links: Record<string, string> = {
    "https://github.com/o/r.git": "https://github.com/o/r/tree/v1.0",
    "https://gitlab.com/g/s/r.git": "https://gitlab.com/g/s/r/-/tree/v1.0",
    "https://bitbucket.org/o/r": "https://bitbucket.org/o/r/src/v1.0",
    "https://gitea.example.org/o/r": "https://gitea.example.org/o/r/src/v1.0",
    "ssh://git@codeberg.org/o/r.git": "https://codeberg.org/o/r/src/v1.0",
  };
  for (const [number, repo_url] of Object.keys(links).entries()) {
    const title = `Forge ${number}`;
    await barbara.add({ name: `forge-${number}`, display_name: title, repo_url, ref: "v1.0" });
  }

  const page = await as("barbara");
  await page.goto("./");
  await test.step("each of them", async () => {
    const facts = row(page, "Algebra");
    await expect(facts.getByText("Notebooks for the first year.")).toBeVisible();
    await expect(facts.getByRole("rowheader")).toContainText(
      `default branch · ${algebra.current_build?.resolved_ref?.slice(0, 7)}`,
    );
    await expect(facts.getByRole("rowheader").getByRole("link")).toHaveCount(1); // no forge is known
    await expect(facts.getByRole("status")).toHaveText("Algebra: ✓ Ready");
    await expect(facts.getByText(/^\d+ MiB$/)).toBeVisible();
    await expect(facts.locator("time")).toHaveText(/now|second/);
    await expect(facts.locator("time")).toHaveAttribute("title", /20\d\d.* \d+:\d\d/);
    await expect(facts.getByText("barbara")).toBeVisible();
    await expect(facts.getByText("1 user, 1 group")).toHaveAttribute("title", "linus, lecturers");
    for (const [number, address] of Object.values(links).entries()) {
      const ref = row(page, `Forge ${number}`).getByRole("link", { name: /^v1\.0 of / });
      await expect(ref).toHaveAttribute("href", address);
    }
    await expect(row(page, "Forge 0").getByText("Failed")).toBeVisible();
    await expect(row(page, "Forge 0").getByText(/^The host of .* is unknown/)).toBeVisible();
    await expectUsable(page);
  });

  const titles = page.getByRole("table").getByRole("rowheader").getByRole("link").and(page.locator(".fw-semibold"));
  await test.step("search, filter and order, all in the address", async () => {
    await page.getByRole("searchbox", { name: "Search" }).fill("first year");
    await expect(titles).toHaveText(["Algebra"]);
    await expect(page).toHaveURL(/\?q=first(\+|%20)year$/);
    await page.goBack();
    await expect(titles).toHaveCount(7);
    await expect(page.getByRole("searchbox")).toHaveValue("");
    await page.getByRole("combobox", { name: "Status" }).selectOption("Ready");
    await page.getByRole("combobox", { name: "Sort by" }).selectOption("Name, Z to A");
    await expect(titles).toHaveText(["Zoology", "Algebra"]);
    await page.getByRole("checkbox", { name: "Only mine" }).check();
    await expect(titles).toHaveText(["Algebra"]);
    await page.reload();
    await expect(titles).toHaveText(["Algebra"]);
    await expect(page.getByRole("combobox", { name: "Status" })).toHaveValue("ready");
    await page.getByRole("searchbox").fill("nothing of the kind");
    await expect(page.getByText("No environment matches what you look for.")).toBeVisible();
    await expectUsable(page);
    await page.getByRole("button", { name: "Clear the search" }).click();
    await expect(titles).toHaveCount(7);
    await expect(titles.first()).toHaveText("Zoology");
    await expect(page.getByRole("region", { name: "Environments" })).toBeFocused();
  });

  await test.step("others see what is for them, and no more than they may do", async () => {
    const linus = await as("linus");
    await linus.goto("./");
    await expect(row(linus, "Algebra").getByRole("link", { name: "Start Algebra" })).toBeVisible();
    await expect(row(linus, "Algebra").getByRole("link", { name: "Open log Algebra" })).toBeVisible();
    await expect(linus.getByRole("button", { name: /^More/ })).toHaveCount(0);
    await expect(linus.getByRole("link", { name: "Add an environment" })).toHaveCount(0);
    await axe(linus);
    const grace = await as("grace");
    await grace.goto("./");
    await expect(row(grace, "Zoology")).toBeVisible();
    await expect(row(grace, "Algebra")).toHaveCount(0);
  });
});

test("a build is followed in the list, and what others do is seen at once", async ({ as, api, deployment }) => {
  const page = await as("barbara");
  const admin = await as("ada");
  await page.goto("./");
  await admin.goto("./");
  const name = uniqueName("tides");
  const files = slow(deployment.singleuserImage, { lines: 300, every: 0.2 });
  const { url } = await deployment.addRepository(name, files);
  const title = `Tides ${name.slice(-8)}`;
  await (await api("barbara")).add({ name, display_name: title, repo_url: url });

  const tides = row(page, title);
  await expect(tides.getByText("Step 3 of 4")).toBeVisible();
  await expect(tides.getByRole("status")).toHaveText(`${title}: ↻ Building`);
  const bar = tides.getByRole("progressbar", { name: `Progress of the build of ${title}` });
  await expect(bar).toHaveAttribute("aria-valuenow", "50");
  await expect(tides.getByText("No image yet")).toBeVisible();
  await expectUsable(page);
  const before = await tides.getByRole("timer").innerText();
  await expect(tides.getByRole("timer")).not.toHaveText(before);
  await tides.getByRole("link", { name: `Open log ${title}` }).click();
  await expect(page.getByRole("region", { name: /^Log of build/ })).toContainText("line 1");
  await page.goBack();

  await more(admin, title).click();
  await axe(admin);
  await action(admin, `Cancel the build of ${title}`).click();
  await expect(admin.getByText(`The build of ${title} is being cancelled.`)).toBeVisible();
  await expect(tides.getByRole("status")).toHaveText(`${title}: – Cancelled`);
  await expect(tides.getByRole("progressbar")).toHaveCount(0);
  await more(page, title).click();
  await action(page, `Rebuild ${title}`).click();
  await expect(page.getByText(`A build of ${title} is queued.`)).toBeVisible();
  await expect(row(admin, title).getByText(/^Step/)).toBeVisible();
  const ada = await api("ada");
  await ada.change(name, { display_name: `New ${title}` });
  await expect(row(page, `New ${title}`).getByText(/^Step/)).toBeVisible();
  await ada.remove(name);
  await expect(page.getByRole("link", { name: `New ${title}`, exact: true })).toHaveCount(0);
});

test("all that is done with an environment is done with the keyboard", async ({ as, api, deployment }) => {
  const barbara = await api("barbara");
  const { name, display_name: title, current_build: first } = await addReady(deployment, barbara);
  await deployment.commit(name, { "more.txt": "more\n" });
  await barbara.ended((await barbara.rebuild(name)).id);
  const page = await as("barbara");
  await page.goto("./");

  const { keyboard } = page;
  const press = async (key: string, times = 1) => {
    for (let count = 0; count < times; count++) await keyboard.press(key);
  };
  await test.step("the menu and the dialog give the focus back", async () => {
    await more(page, title).focus();
    await press("Enter");
    await press("Tab", 3);
    await expect(action(page, `Rebuild with options… ${title}`)).toBeFocused();
    await expectNoSideways(page);
    await press("Enter");
    const dialog = page.getByRole("dialog", { name: `Rebuild ${title}` });
    await expect(dialog.locator(":focus")).toHaveCount(1);
    await expectUsable(page);
    const ref = dialog.getByRole("textbox", { name: "Branch, tag or commit" });
    await ref.focus();
    await keyboard.type("not a ref");
    await press("Enter");
    await expect(ref).toHaveAttribute("aria-invalid", "true");
    await expect(ref).toHaveValue("not a ref");
    await axe(page);
    await press("Escape");
    await expect(dialog).toBeHidden();
    await expect(more(page, title)).toBeFocused();
    await press("Enter");
    await expect(more(page, title)).toHaveAttribute("aria-expanded", "true");
    await press("Escape");
    await expect(more(page, title)).toHaveAttribute("aria-expanded", "false");
  });

  await test.step("an earlier build is made current again", async () => {
    await press("Enter");
    await press("Tab", 5);
    await expect(page.getByRole("link", { name: `Roll back ${title}` })).toBeFocused();
    await press("Enter");
    await expect(page.getByRole("heading", { name: "Builds" })).toBeFocused();
    const back = page.getByRole("button", { name: `Roll back to build ${first?.id}` });
    await expect(back).toBeVisible();
    await press("Tab", 3);
    await expect(back).toBeFocused();
    await press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: `Roll back to build ${first?.id}` }).focus();
    await press("Enter");
    await expect(page.getByText(`Build ${first?.id} is now the current one`)).toBeVisible();
    await expect(page.getByRole("region", { name: "About it" })).toContainText(
      first?.resolved_ref?.slice(0, 7) ?? "no commit",
    );
  });

  await test.step("it is deleted", async () => {
    await more(page, title).focus();
    await press("Enter");
    await press("Tab", 7);
    await expect(action(page, `Delete… ${title}`)).toBeFocused();
    await press("Enter");
    const dialog = page.getByRole("dialog", { name: `Delete ${title}?` });
    await expect(dialog).toContainText(/This removes 2 builds with their logs, and 2 images: up to [\d.]+ [MG]iB on disk\./);
    await expectUsable(page);
    await press("Tab", 2);
    await expect(action(page, `Delete ${title}`)).toBeFocused();
    await press("Enter");
    await expect(page.getByText(`${title} is deleted.`)).toBeVisible();
    await expect(page.getByRole("heading", { level: 1, name: "Environments" })).toBeFocused();
    await expect(row(page, title)).toHaveCount(0);
  });
});

test("the page of an environment has what one takes elsewhere", async ({ as, api, deployment }) => {
  const { name, display_name: title } = await addReady(deployment, await api("barbara"));
  const page = await as("barbara", { permissions: ["clipboard-read", "clipboard-write"] });
  await page.goto(`environments/${name}`);
  const pasted = () => page.evaluate(() => navigator.clipboard.readText());
  const launch = `${deployment.serviceUrl}launch?environment=${name}`;
  const badge = page.getByRole("img", { name: `Launch ${title}` });
  await expect(badge).toBeVisible();
  expect(await badge.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  await page.getByRole("button", { name: "Copy the badge" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await pasted()).toBe(
    `[![Launch ${title}](${deployment.serviceUrl}assets/badge.svg)](${launch})`,
  );
  await page.getByRole("combobox", { name: "Machine" }).selectOption("Medium");
  await page.getByRole("button", { name: "Copy the link" }).click();
  await expect.poll(pasted).toBe(`${launch}&profile=Medium`);

  await test.step("the webhook", async () => {
    await page.getByText("Webhook", { exact: true }).click();
    const secret = page.getByRole("textbox", { name: "Secret" });
    await expect(page.getByRole("textbox", { name: "Webhook address" })).toHaveValue(/\/hooks?\//);
    const old = await secret.inputValue();
    await page.getByRole("button", { name: "Make a new secret" }).click();
    await expect(page.getByText("There is a new secret. Enter it at the git host.")).toBeVisible();
    await expect(secret).not.toHaveValue(old);
    await expectUsable(page);
  });

  const user = await as("grace");
  await user.goto(`environments/${name}`);
  await expect(user.getByRole("link", { name: `Start ${title}` })).toBeVisible();
  await expect(user.getByText("Webhook", { exact: true })).toHaveCount(0);
  await user.goto("environments/there-is-none");
  await expect(user.getByRole("heading", { name: "No such environment" })).toBeVisible();
  await expectUsable(user);
});

test("an environment whose servers run is deleted by an admin alone", async ({ as, api, deployment }) => {
  test.slow(); // a build and the start of a server
  const { name, display_name: title } = await addReady(deployment, await api("barbara"));
  await (await api("grace")).startServer({ environment: name });
  const owner = await as("barbara");
  await owner.goto(`environments/${name}`);
  await more(owner, title).click();
  await action(owner, `Delete… ${title}`).click();
  const dialog = owner.getByRole("dialog", { name: `Delete ${title}?` });
  await expect(dialog).toContainText(/A server runs from it, and has to be stopped first:\s*grace/);
  await expect(dialog).toContainText("ask an admin to delete it");
  await action(owner, `Delete ${title}`).click();
  await expect(dialog.getByRole("alert")).toContainText(`${name} is used by running servers: grace`);
  await expectUsable(owner);

  const admin = await as("ada");
  await admin.goto("./");
  await more(admin, title).click();
  await action(admin, `Delete… ${title}`).click();
  await expect(admin.getByRole("dialog")).toContainText("these servers are ended at once");
  await action(admin, `Delete ${title} anyway`).click();
  await expect(admin.getByText(`${title} is deleted.`)).toBeVisible();
  await expect(row(admin, title)).toHaveCount(0);
  await expect(admin.getByRole("region", { name: "Environments" })).toBeFocused();
  // The other one, whose question is still open, learns of it.
  await expect(owner.getByRole("heading", { name: "No such environment" })).toBeVisible();
  await action(owner, `Delete ${title}`).click();
  await expect(owner.getByText(`There is no environment ${name}, or`)).toBeVisible();
  await expect(owner.getByRole("heading", { level: 1, name: "Environments" })).toBeVisible();
  await deployment.stopServers();
});

test("of two who rebuild at once, the second is told", async ({ as, api, deployment }) => {
  const barbara = await api("barbara");
  const { name, display_name: title } = await addReady(deployment, barbara);
  await deployment.commit(name, slow(deployment.singleuserImage, { lines: 200 }));
  const [one, other] = [await as("barbara"), await as("ada")];
  for (const page of [one, other]) {
    await page.goto("./");
    await more(page, title).click();
    await action(page, `Rebuild with options… ${title}`).click();
  }
  await one.getByRole("dialog").getByRole("button", { name: "Rebuild" }).click();
  await expect(one.getByText(`A build of ${title} is queued.`)).toBeVisible();
  await other.getByRole("dialog").getByRole("button", { name: "Rebuild" }).click();
  await expect(other.getByRole("dialog").getByRole("alert")).toBeVisible();
  await expectUsable(other);
  await other.keyboard.press("Escape");
  await expect(row(other, title).getByRole("status")).toContainText("Ready");
  await barbara.remove(name);
});

test("what is not there for a while comes back", { tag: "@long" }, async ({ as, api, deployment, endSession }) => {
  test.slow();
  const { name, display_name: title } = await addReady(deployment, await api("barbara"));
  const page = await as("barbara");
  await page.goto(`./?q=${name}`);

  await test.step("the engine", async () => {
    await deployment.cutEngine();
    await more(page, title).click();
    await action(page, `Delete… ${title}`).click();
    const dialog = page.getByRole("dialog");
    const alert = dialog.getByRole("alert");
    await expect(alert).toContainText("The container engine does not answer");
    await axe(page);
    await deployment.restoreEngine();
    await alert.getByRole("button", { name: "Try again" }).click();
    await expect(dialog).toContainText("This removes 1 build with its log");
    await page.keyboard.press("Escape");
  });

  await test.step("the connection", async () => {
    const lost = page.getByText("Live updates are interrupted; trying again…");
    await page.route("**/api/events", (route) => route.abort());
    await page.reload();
    await expect(lost).toBeVisible();
    await axe(page);
    await (await api("ada")).change(name, { description: "Changed meanwhile." });
    await page.unroute("**/api/events");
    await expect(lost).toBeHidden();
    await expect(row(page, title).getByText("Changed meanwhile.")).toBeVisible();
  });

  await test.step("the service", async () => {
    await more(page, title).click();
    await deployment.killService();
    await action(page, `Rebuild ${title}`).click();
    await expect(row(page, title).getByText("The service does not answer.")).toBeVisible();
    await expectUsable(page);
    await row(page, title).getByRole("button", { name: "Dismiss" }).click();
    await expect(more(page, title)).toBeVisible();
  });

  await test.step("the session", async () => {
    await endSession(page);
    await page.waitForTimeout(1100); // the service believes a token for a second
    await more(page, title).click();
    await action(page, `Rebuild ${title}`).click();
    await expect(page.getByText("You are no longer logged in.").first()).toBeVisible();
    await axe(page);
    await page.getByRole("link", { name: "Log in again" }).first().click();
    await logIn(page, "barbara", deployment.password);
    await expect(page).toHaveURL(`${deployment.serviceUrl}?q=${name}`);
    await expect(row(page, title)).toBeVisible();
  });
});
