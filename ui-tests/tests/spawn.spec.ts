import { axe, dockerfile, expect, logIn, test, uniqueName } from "../fixtures.ts";

test("a wrong password is refused", async ({ page, deployment }) => {
  await page.goto("/hub/login");
  await logIn(page, "grace", "wrong");
  await expect(page.getByText("Invalid username or password")).toBeVisible();
  await logIn(page, "grace", deployment.password);
  await expect(page.getByText("Invalid username or password")).toBeHidden();
  await expect(page).toHaveURL(/\/hub\/(spawn|home)/);
});

test("without an environment there is nothing to start", async ({ as, api }) => {
  await (await api("ada")).removeAll();
  const page = await as("grace");
  await page.goto("/hub/spawn");
  await expect(page.getByText("no environment that you can start a server from yet")).toBeVisible();
});

test("a user starts a server from an environment and stops it", async ({ as, api, deployment }) => {
  const name = uniqueName("course");
  const { url } = await deployment.addRepository(name, dockerfile(deployment.singleuserImage));
  const builder = await api("barbara");
  await builder.addBuilt({ name, display_name: "Linear algebra", repo_url: url });

  const page = await as("grace");
  await page.goto("/hub/spawn");
  await page.getByRole("radio", { name: "Linear algebra" }).check();
  await page.getByLabel("Machine for Linear algebra").selectOption("Medium");
  // The button is the Hub's, and white on orange.
  await axe(page, { include: ["#spawn_form"], exclude: [".btn-jupyter"] });
  await page.getByRole("button", { name: "Start" }).click();
  await page.waitForURL(/\/user\/grace\/lab/, { timeout: 180_000 });
  await expect(page.getByRole("menuitem", { name: "Kernel" })).toBeVisible();
  await expect(page.getByRole("listitem", { name: /^Name: lesson\.ipynb/ })).toBeVisible();

  await page.goto("/hub/home");
  await page.getByRole("button", { name: "Stop My Server" }).click();
  await expect(page.getByRole("button", { name: "Stop My Server" })).toBeHidden();
  await builder.remove(name);
});
