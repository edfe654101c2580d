import { axe, dockerfile, expect, test, uniqueName } from "../fixtures.ts";
import { expectUsable } from "../looks.ts";
import { addCourse, theCourse } from "../servers.ts";

test.afterEach(async ({ deployment }) => {
  await deployment.stopServers();
});

const LAB = { timeout: 180_000, waitUntil: "commit" } as const;

test("a build is tried, and users get it once it is published", async ({ as, api, deployment }) => {
  test.slow(); // starts two servers
  const name = uniqueName("course");
  const title = `Course ${name.slice(-8)}`;
  const { url } = await deployment.addRepository(name, dockerfile(deployment.singleuserImage));
  const barbara = await api("barbara");
  const { last_build: build } = await barbara.addBuilt({
    name,
    display_name: title,
    repo_url: url,
    publish: "manual",
  });
  const user = await as("grace");
  await user.goto(`launch?environment=${name}`);
  await expect(user.getByText(/has been built and is not published yet/)).toBeVisible();

  const page = await as("barbara");
  await page.goto("./");
  await page.getByRole("link", { name: `Try or publish ${title}` }).click();
  await expect(page.getByText(`Build ${build?.id} is not published: users do not get it yet.`)).toBeVisible();
  await expectUsable(page);
  const offer = page.locator(".alert", { hasText: "is not published" });
  await test.step("it is tried in a server of its own", async () => {
    await offer.getByRole("link", { name: /^Try it/ }).press("Enter");
    await expect(page.getByRole("heading", { name: `Launch build ${build?.id} of ${title}` })).toBeVisible();
    await page.waitForURL(/\/user\/barbara\/lab\/tree\//, LAB);
    await page.goto("servers");
    await expect(page.getByText("A test server: its files go with it when it stops or restarts.")).toBeVisible();
    await expectUsable(page);
  });
  await test.step("it is published, and who waits for it gets it", async () => {
    await page.goto(`builds/${build?.id}`);
    await offer.getByRole("button", { name: /^Publish for users/ }).press("Enter");
    const dialog = page.getByRole("dialog", { name: `Publish build ${build?.id}?` });
    await axe(page);
    await dialog.getByRole("button", { name: `Publish build ${build?.id}` }).press("Enter");
    await expect(page.getByRole("link", { name: `Start a server of ${title}` })).toBeVisible();
    await expect(offer).toBeHidden();
    await user.waitForURL(/\/user\/grace\/lab\/tree\//, LAB);
  });
  await test.step("what it was tried in stays a test server, where no launch ends by itself", async () => {
    await page.goto(`launch?environment=${name}`);
    await expect(page.getByText(`Default server runs build ${build?.id} of ${title}.`)).toBeVisible();
    await expect(page.getByText("The running server is a test server: all its files go with it.")).toBeVisible();
    await expectUsable(page);
  });
});

test("an environment is copied for a course of one's own, and is ready at once", async ({ as, api, deployment }) => {
  const original = await addCourse(deployment, await api("ada"));
  const page = await as("barbara");
  await page.goto(`environments/${original.name}`);
  await page.getByRole("button", { name: `More actions for ${original.title}` }).click();
  await page.getByRole("button", { name: `Use this for my course… ${original.title}` }).click();
  const dialog = page.getByRole("dialog", { name: `Use ${original.title} for my course` });
  await expect(dialog.getByRole("textbox", { name: "Short name" })).toHaveValue(`${original.name}-barbara`);
  await axe(page);
  await dialog.getByRole("textbox", { name: "Title" }).fill("Waves, spring");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Waves, spring" })).toBeFocused();
  await expect(page.getByRole("link", { name: "Start Waves, spring" })).toBeVisible();
  await expect(page.getByText("Copied from another environment, for barbara")).toBeVisible();
  await expect(page.getByText("only its owner and admins")).toBeVisible();
  const barbara = await api("barbara");
  const [copy, source] = await Promise.all(
    [`${original.name}-barbara`, original.name].map((name) => barbara.environment(name)),
  );
  expect(copy?.current_build?.image_id).toBe(source?.current_build?.image_id);
});

test("an environment's page has the commands to run it at home", async ({ as, api, deployment }) => {
  const barbara = await api("barbara");
  const { name } = await theCourse(deployment, barbara);
  const { repo_url, current_build } = await barbara.environment(name);
  const page = await as("grace");
  await page.goto(`environments/${name}`);
  const card = page.getByRole("region", { name: "Run on your machine" });
  await expect(card.getByRole("textbox", { name: "Build it" })).toHaveValue(
    `tljh-envbuilder build ${repo_url} --ref ${current_build?.resolved_ref} --name ${name}`,
  );
  await expect(card.getByRole("textbox", { name: "Start JupyterLab" })).toHaveValue(`tljh-envbuilder run ${name}`);
  await expect(card.getByRole("textbox", { name: /docker compose/ })).toHaveValue(
    `tljh-envbuilder compose ${name} > compose.yaml`,
  );
  await card.getByRole("button", { name: "Copy the run command" }).press("Enter");
  await expect(card.getByRole("button", { name: "Copied" })).toBeVisible();
  await expectUsable(page);
});
