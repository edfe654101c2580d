import type { Page } from "@playwright/test";

import { axe, dockerfile, expect, logIn, test, uniqueName } from "../fixtures.ts";
import { expectUsable } from "../looks.ts";

const address = (page: Page) => page.getByRole("textbox", { name: "Address of the git repository" });
const ref = (page: Page) => page.getByRole("combobox", { name: "Branch, tag or commit" });
const shortName = (page: Page) => page.getByRole("textbox", { name: "Short name" });

/** Put a text where the focus is, as Ctrl-V does. */
async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
  await page.keyboard.press("ControlOrMeta+V");
}

test("the address of a page is pasted, and becomes a repository, a ref and a name", async ({ as }) => {
  const page = await as("barbara", { permissions: ["clipboard-read", "clipboard-write"] });
  const pages = {
    "https://github.com/jupyter/docker-stacks/blob/v5.1/README.md": [
      "https://github.com/jupyter/docker-stacks",
      "v5.1",
      "docker-stacks",
    ],
    "https://gitlab.com/group/sub/Course_2026/-/tree/spring?ref_type=heads": [
      "https://gitlab.com/group/sub/Course_2026.git",
      "spring",
      "course-2026",
    ],
  };
  for (const [pasted, [repository = "", branch = "", name = ""]] of Object.entries(pages)) {
    await page.goto("add");
    await expect(address(page)).toBeFocused();
    await paste(page, pasted);
    await expect(address(page)).toHaveValue(repository);
    await expect(ref(page)).toHaveValue(branch);
    await expect(shortName(page)).toHaveValue(name);
  }
  await expect(page.getByText(/^The repository could not be read: The host of .* is unknown/)).toBeVisible();
  await expectUsable(page);
});

test("an environment is added with the keyboard, and mistakes are said beside their fields", async ({
  as,
  api,
  deployment,
}) => {
  const name = uniqueName("waves");
  const files = dockerfile(deployment.singleuserImage, ["ARG EDITION", "RUN echo edition $EDITION"]);
  const { url } = await deployment.addRepository(name, files);
  await deployment.commit(name, { "more.txt": "more\n" }, { branch: "spring/2026", tag: "v1" });
  const page = await as("barbara");
  const { keyboard } = page;
  await page.goto("add");
  await expect(address(page)).toBeFocused();
  await keyboard.type(url);
  await expect(page.getByText("2 branches and 1 tag found.")).toBeVisible();
  await expect(page.getByText("Empty for the default branch, main.")).toBeVisible();
  const offered = page.locator("datalist option");
  expect(await offered.evaluateAll((all) => all.map((each) => each.getAttribute("value")))).toEqual(
    expect.arrayContaining(["main", "spring/2026", "v1"]),
  );
  await keyboard.press("Tab");
  await expect(ref(page)).toBeFocused();
  await keyboard.type("summer");
  await expect(page.getByText("The repository has no branch or tag “summer”.")).toBeVisible();
  await ref(page).fill("spring/2026");
  await expect(page.getByText(/has no branch or tag/)).toHaveCount(0);
  await keyboard.press("Tab");
  await expect(page.getByRole("textbox", { name: "Title" })).toBeFocused();
  await expect(shortName(page)).toHaveValue(name);

  await test.step("what only the service can know", async () => {
    const taken = uniqueName("taken");
    await (await api("barbara")).add({ name: taken, repo_url: url });
    await shortName(page).fill(taken);
    await page.getByRole("textbox", { name: "Description" }).fill("Physics of waves.");
    await page.getByText(/^More: private repositories/).click();
    await page.getByRole("button", { name: "Add a build argument" }).press("Enter");
    await expect(page.getByRole("textbox", { name: "Name of build argument 1" })).toBeFocused();
    await keyboard.type("EDITION");
    await keyboard.press("Tab");
    await keyboard.type("second");
    await page.getByRole("textbox", { name: "Servers open at" }).fill("not a path");
    await page.getByRole("combobox", { name: "Rebuild automatically" }).selectOption("Look once a day");
    await page.getByRole("button", { name: "Add and build" }).press("Enter");
    const opens = page.getByRole("textbox", { name: "Servers open at" });
    await expect(opens).toHaveAttribute("aria-invalid", "true");
    await expect(opens).toBeFocused();
    await expect(page.getByText("1 field needs your attention. Nothing was saved yet.")).toBeVisible();
    await expectUsable(page);
    await opens.fill("/lab/tree/lesson.ipynb");
    await keyboard.press("Enter");
    await expect(shortName(page)).toBeFocused();
    await expect(shortName(page)).toHaveAccessibleDescription(/There is already an environment of this name/);
    await expect(page.getByRole("textbox", { name: "Description" })).toHaveValue("Physics of waves.");
    await axe(page);
  });

  await shortName(page).fill(name);
  await keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: /^Build \d+ of/ })).toBeFocused();
  const barbara = await api("barbara");
  const added = await barbara.built(await barbara.environment(name));
  expect(await barbara.log(added.current_build?.id ?? 0)).toContain("edition second\n");
  expect(added).toMatchObject({
    ref: "spring/2026",
    description: "Physics of waves.",
    schedule: "daily",
    default_url: "/lab/tree/lesson.ipynb",
    build_args: { EDITION: "second" },
  });
});

test("a private repository is read with what one enters for it", async ({ as, api, deployment }) => {
  const name = uniqueName("secret");
  const login = { username: "reader", password: "a-token-of-hers" };
  const files = dockerfile(deployment.singleuserImage, [], "environments");
  const { url } = await deployment.addRepository(name, files, login);
  const page = await as("barbara");
  await page.goto(`add?${new URLSearchParams({ repo_url: url })}`);
  await page.getByRole("button", { name: "Is it private? Give credentials" }).click();
  const user = page.getByRole("textbox", { name: "User name" });
  await expect(user).toBeFocused();
  await page.keyboard.type(login.username);
  await page.keyboard.press("Tab");
  await page.keyboard.type(login.password);
  await page.keyboard.press("Tab");
  await expect(page.getByText("1 branch and 0 tags found.")).toBeVisible();
  await page.getByRole("checkbox", { name: "Store them, encrypted, for later builds" }).check();
  await expectUsable(page);
  await page.getByRole("button", { name: "Add and build" }).click();
  await expect(page.getByRole("link", { name: /^Start a server of/ })).toBeVisible();
  expect(await page.content()).not.toContain(login.password);

  await page.goto(`environments/${name}/edit`);
  await expect(page.getByRole("radio", { name: "Keep the stored ones" })).toBeChecked();
  await expect(page.getByText("1 branch and 0 tags found.")).toBeVisible();
  await (await api("barbara")).remove(name);
});

test("a change applies at once, and nothing of it is lost by the way", async ({ as, api, deployment, endSession }) => {
  const barbara = await api("barbara");
  const name = uniqueName("waves");
  const files = dockerfile(deployment.singleuserImage, [], "environments");
  const { url } = await deployment.addRepository(name, files);
  const { last_build: build } = await barbara.addBuilt({ name, display_name: name, repo_url: url });
  const [page, reader] = [await as("barbara"), await as("grace")];
  await reader.goto("./");
  await expect(reader.getByRole("link", { name, exact: true })).toBeVisible();
  await page.goto(`environments/${name}/edit`);
  await expect(shortName(page)).not.toBeEditable();
  const title = `Tides ${name.slice(-8)}`;
  await page.getByRole("textbox", { name: "Title" }).fill(title);
  await page.getByRole("textbox", { name: "Memory" }).fill("1.5");
  await expectUsable(page);
  await expect(page.getByRole("button", { name: "Save and rebuild" })).toHaveCount(0);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText(`${title} is saved.`)).toBeVisible();
  await expect(page.getByRole("region", { name: "About it" })).toContainText("1.5 GiB");
  await expect(reader.getByRole("link", { name: title, exact: true })).toBeVisible();
  expect((await barbara.environment(name)).last_build?.id).toBe(build?.id);

  await test.step("a link asks first", async () => {
    await page.getByRole("button", { name: `More actions for ${title}` }).click();
    await page.getByRole("link", { name: `Edit ${title}` }).click();
    await page.getByRole("radio", { name: "Only some people" }).check();
    await page.getByRole("textbox", { name: "Users" }).fill("linus");
    page.once("dialog", (dialog) => void dialog.dismiss());
    await page.getByRole("link", { name: "My servers" }).click();
    await expect(page.getByRole("textbox", { name: "Users" })).toHaveValue("linus");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByText(`${title} is saved.`).first()).toBeVisible();
    await expect(reader.getByRole("link", { name: title, exact: true })).toHaveCount(0);
  });

  await test.step("a login in another tab is enough to go on", async () => {
    await page.goto(`environments/${name}/edit`);
    await page.getByRole("textbox", { name: "Description" }).fill("After the login.");
    await endSession(page);
    await page.waitForTimeout(1100); // the service believes a token for a second
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByRole("alert")).toContainText("You are no longer logged in.");
    await axe(page);
    const opened = page.context().waitForEvent("page");
    await page.getByRole("link", { name: "Log in in another tab" }).click();
    const tab = await opened;
    await logIn(tab, "barbara", deployment.password);
    await expect(tab).toHaveURL(deployment.serviceUrl);
    await tab.close();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByText("After the login.")).toBeVisible();
  });

  await test.step("what is gone is said to be", async () => {
    await page.goto(`environments/${name}/edit`);
    await ref(page).fill("main");
    await expect(page.getByText("Some of these changes take effect only with the next build.")).toBeVisible();
    await (await api("ada")).remove(name);
    await expect(page.getByText(`There is no environment “${name}”.`)).toBeVisible();
    await page.getByRole("button", { name: "Save and rebuild" }).click();
    await expect(page.getByRole("alert")).toContainText(`There is no environment ${name}, or`);
    await expect(ref(page)).toHaveValue("main");
    await reader.goto(`environments/${name}/edit`);
    await expect(reader.getByRole("heading", { name: "No such environment" })).toBeVisible();
    await axe(reader);
  });
});
