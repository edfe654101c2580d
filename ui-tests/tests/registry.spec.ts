import { axe, expect, test, uniqueName } from "../fixtures.ts";
import { expectUsable } from "../looks.ts";
import { theCourse } from "../servers.ts";

test.use({ withRegistry: true });

test("a pushed build has the command that pulls it, and a deletion says what stays in the registry", { tag: "@long" }, async ({
  as,
  api,
  deployment,
}) => {
  const barbara = await api("barbara");
  const { name, title } = await theCourse(deployment, barbara);
  const { current_build: build } = await barbara.environment(name);
  const page = await as("barbara");
  await page.goto(`builds/${build?.id}`);
  const pull = page.getByRole("textbox", { name: "Command that pulls the image" });
  await expect(pull).toHaveValue(`docker pull ${build?.registry_image?.reference}`);
  // All of it is seen, in one line where there is room for it.
  const isWhole = () => pull.evaluate((field) => field.scrollHeight <= field.clientHeight);
  expect(await isWhole()).toBe(true);
  const wide = await pull.evaluate((field) => field.clientHeight);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await isWhole()).toBe(true);
  expect(await pull.evaluate((field) => field.clientHeight)).toBeGreaterThan(wide);
  await page.setViewportSize({ width: 1280, height: 800 });
  await expectUsable(page);

  await page.goto(`environments/${name}`);
  const card = page.getByRole("region", { name: "Run on your machine" });
  await expect(card.getByRole("textbox", { name: "Only the image" })).toHaveValue(/^docker pull /);
  await page.getByRole("button", { name: `More actions for ${title}` }).click();
  await page.getByRole("button", { name: `Delete… ${title}` }).click();
  const dialog = page.getByRole("dialog", { name: `Delete ${title}?` });
  await expect(
    dialog.getByText(
      `1 image stays in the registry, as ${build?.registry_image?.name}: anyone who has its address can still pull it.`,
    ),
  ).toBeVisible();
  await axe(page);
});

test("an existing image is added as an environment, and nothing is built", { tag: "@long" }, async ({ as, api, deployment }) => {
  const barbara = await api("barbara");
  const course = await theCourse(deployment, barbara);
  const { current_build: build } = await barbara.environment(course.name);
  const pushed = build?.registry_image;
  const image = `${pushed?.name}:${pushed?.tag}`;
  const name = uniqueName("image");
  const title = `Image ${name.slice(-8)}`;

  const page = await as("barbara");
  await page.goto("add");
  await page.getByRole("radio", { name: "An existing image" }).check();
  await page.getByRole("textbox", { name: "Name of the image" }).fill(image);
  await page.getByRole("textbox", { name: "Title" }).fill(title);
  await page.getByRole("textbox", { name: "Short name" }).fill(name);
  await expectUsable(page);
  await page.getByRole("button", { name: "Add", exact: true }).press("Enter");
  await expect(page.getByText(`${title} is added, and its image is being pulled.`)).toBeVisible();
  await expect(page.getByRole("heading", { level: 1, name: /^Build \d+ of Image/ })).toBeFocused();
  await expect(page.getByRole("link", { name: `Start a server of ${title}` })).toBeVisible();
  await expect(page.locator("dl > div", { hasText: "Existing image" }).getByText(image)).toBeVisible();
  await expectUsable(page);
  const added = await barbara.environment(name);
  expect(added.current_build?.image_id).toBe(build?.image_id);

  await page.goto(`environments/${name}`);
  await expect(page.getByRole("region", { name: "About it" }).getByText("Existing image")).toBeVisible();
  await page.getByRole("button", { name: `More actions for ${title}` }).click();
  await page.getByRole("button", { name: `Delete… ${title}` }).click();
  const dialog = page.getByRole("dialog", { name: `Delete ${title}?` });
  await expect(dialog.getByText(/^This removes 1 build/)).toBeVisible();
  await expect(dialog.getByText(/registry/)).toBeHidden();
});
