import { axe, expect, test } from "../fixtures.ts";
import { expectUsable } from "../looks.ts";
import { addCourse } from "../servers.ts";

test.afterEach(async ({ deployment }) => {
  await deployment.stopServers();
});

test("an older build comes back beside the current one, and a server is started from it", { tag: "@long" }, async ({
  as,
  api,
  deployment,
}) => {
  test.slow(); // builds five times, and starts a server
  const barbara = await api("barbara");
  const { name, title } = await addCourse(deployment, barbara);
  const { current_build: first } = await barbara.environment(name);
  // The images of the last three are kept.
  for (const text of ["second", "third", "fourth"]) {
    await deployment.commit(name, { "README.md": `${text}\n` });
    await barbara.ended((await barbara.rebuild(name)).id);
  }
  await (await api("ada")).ask("POST", "api/disk/clean");

  const page = await as("barbara");
  await page.goto(`environments/${name}`);
  await expect(page.getByText("Building a commit again changes nothing for users.")).toBeVisible();
  await expectUsable(page);
  await page.getByRole("button", { name: `Build this commit again (build ${first?.id})` }).press("Enter");
  await expect(page.getByText(`Brings back build ${first?.id} beside the current one, for barbara`).first()).toBeVisible();
  await expect(page.getByRole("link", { name: "Start a server from this build" })).toBeVisible();
  const { current_build: current, last_build: back } = await barbara.environment(name);
  expect(back).toMatchObject({ origin_build: first?.id, resolved_ref: first?.resolved_ref });
  expect(current?.id).not.toBe(back?.id);

  await page.goto(`builds/${first?.id}`);
  await page.getByRole("link", { name: `Brought back as build ${back?.id}` }).press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: `Build ${back?.id} of ${title}` })).toBeVisible();

  const user = await as("grace");
  await user.goto(`environments/${name}`);
  await axe(user);
  await user.getByRole("link", { name: `Start a server from build ${back?.id}` }).press("Enter");
  await user.waitForURL(/\/user\/grace\/lab\/tree\//, { timeout: 180_000, waitUntil: "commit" });
  const { items } = await (await api("grace")).ask<{ items: object[] }>("GET", "api/servers");
  expect(items).toEqual([expect.objectContaining({ environment: name, build: back?.id })]);
});
