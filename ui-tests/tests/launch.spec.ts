import { axe, dockerfile, expect, failing, logIn, slow, test, uniqueName } from "../fixtures.ts";
import { addCourse, expectNoSideways, inDark, theCourse } from "../servers.ts";

test.afterEach(async ({ deployment }) => {
  await deployment.stopServers();
});

const LAB = { timeout: 180_000, waitUntil: "commit" } as const;

test("a link starts a server for somebody who has to log in first", async ({
  page,
  api,
  deployment,
}) => {
  const { name, title } = await theCourse(deployment, await api("barbara"));
  const starts: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/api/servers")) {
      starts.push(request.postData() ?? "");
    }
  });
  await page.goto(`launch?environment=${name}&profile=Medium`);
  await logIn(page, "grace", deployment.password);
  await expect(page.getByRole("heading", { name: `Launch ${title}` })).toBeVisible();
  await expect(page.getByRole("progressbar", { name: `Starting ${title}` })).toBeVisible();
  await expect(page.getByText("Server: Default server · Machine: Medium")).toBeVisible();
  await axe(page);
  await page.waitForURL(/\/user\/grace\/lab\/tree\//, LAB);
  expect(starts).toEqual([JSON.stringify({ environment: name, build: null, profile: "Medium", server_name: "" })]);
});

test("a server that runs already is opened at once", async ({ as, api, deployment }) => {
  const { name } = await theCourse(deployment, await api("barbara"));
  await (await api("grace")).startServer({ environment: name });
  const page = await as("grace");
  await page.goto(`launch?environment=${name}`);
  await page.waitForURL(/\/user\/grace\/lab\/tree\//, LAB);
  // Now it does run.
  const starts: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST") starts.push(request.url());
  });
  await page.goto("servers");
  await page.goto(`launch?environment=${name}`);
  await page.waitForURL(/\/user\/grace\/lab\/tree\//, LAB);
  expect(starts.filter((url) => url.endsWith("/api/servers"))).toEqual([]);
  // The way back is not to the launch, which would lead here again.
  await page.goBack({ waitUntil: "commit" });
  await expect(page).toHaveURL(/\/servers$/);
});

test("where something else runs the person decides", async ({ as, api, deployment }) => {
  test.slow(); // starts two servers
  const builder = await api("barbara");
  const [running, wanted] = await Promise.all([
    theCourse(deployment, builder),
    addCourse(deployment, builder),
  ]);
  await (await api("linus")).startServer({ environment: running.name });
  const page = await as("linus");
  const address = `launch?environment=${wanted.name}`;
  await page.goto(address);
  await expect(page.getByText(`Default server runs ${running.title}.`)).toBeVisible();
  const open = page.getByRole("link", { name: `Open ${running.title}` });
  await expect(open).toHaveAttribute("href", /\/user\/linus\/$/);
  await axe(page);
  await inDark(page, () => axe(page));
  await expectNoSideways(page);

  await test.step("the other one is opened", async () => {
    await open.click();
    await page.waitForURL(new RegExp(`/user/linus/lab/tree/${running.name}`), LAB);
  });
  await test.step("this one starts beside it", async () => {
    await page.goto(address);
    await page.getByRole("button", { name: `as “${wanted.name}”` }).click();
    await page.waitForURL(new RegExp(`/user/linus/${wanted.name}/lab/tree/`), LAB);
  });
  await test.step("next time it is found where it is", async () => {
    await page.goto(address);
    await page.waitForURL(new RegExp(`/user/linus/${wanted.name}/lab/tree/`), LAB);
  });
  await test.step("the other one is stopped for this one", async () => {
    await page.goto(`${address}&server_name=`);
    await page.getByRole("button", { name: `Stop it and start ${wanted.title}` }).click();
    await expect(page.getByRole("progressbar", { name: `Starting ${wanted.title}` })).toBeVisible();
  });
});

test("an environment that one may not see is not there", async ({ as, api, deployment }) => {
  const name = uniqueName("secret");
  const { url } = await deployment.addRepository(name, dockerfile(deployment.singleuserImage));
  await (await api("barbara")).addBuilt({
    name,
    repo_url: url,
    visibility: { everyone: false, users: ["linus"] },
  });
  const page = await as("grace");
  for (const environment of [name, "no-such-thing", "../Never%2Fa name"]) {
    await page.goto(`launch?environment=${environment}`);
    await expect(page.getByRole("heading", { name: "No such environment" })).toBeVisible();
  }
  await axe(page);
  await expectNoSideways(page);
  await page.getByRole("link", { name: "See the environments" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Environments" })).toBeVisible();
});

test("an environment that is being built is launched once it is", async ({
  as,
  api,
  deployment,
}) => {
  const name = uniqueName("slow");
  const files = slow(deployment.singleuserImage, { lines: 8, every: 0.5 });
  const { url } = await deployment.addRepository(name, files);
  await (await api("barbara")).add({ name, repo_url: url });
  const page = await as("grace");
  await page.goto(`launch?environment=${name}`);
  await expect(page.getByText("is being built")).toBeVisible();
  await expect(page.getByText("It belongs to barbara")).toBeVisible();
  await axe(page);
  await expect(page.getByRole("progressbar", { name: /^Starting/ })).toBeVisible();
});

test("an environment that could not be built says so", async ({ as, api, deployment }) => {
  const name = uniqueName("broken");
  const { url } = await deployment.addRepository(name, failing(deployment.singleuserImage));
  const builder = await api("barbara");
  const build = (await builder.add({ name, repo_url: url })).last_build?.id ?? 0;
  await builder.ended(build);
  const user = await as("grace");
  await user.goto(`launch?environment=${name}`);
  await expect(user.getByText("could not be built")).toBeVisible();
  await expect(user.getByRole("link", { name: "See the build" })).toBeHidden();
  await axe(user);
  const owner = await as("barbara");
  await owner.goto(`launch?environment=${name}`);
  await owner.getByRole("link", { name: "See the build" }).click();
  await expect(owner).toHaveURL(new RegExp(`/builds/${build}$`));
});

test("a launch is cancelled, and launched again", async ({ as, api, deployment }) => {
  const { name } = await theCourse(deployment, await api("barbara"));
  const page = await as("grace");
  await page.goto(`launch?environment=${name}`);
  await page.getByRole("button", { name: "Cancel the start" }).click();
  await expect(page.getByText("nothing was started")).toBeVisible();
  await axe(page);
  await inDark(page, () => axe(page));
  await page.getByRole("button", { name: "Launch again" }).click();
  await expect(page.getByRole("button", { name: "Cancel the start" })).toBeVisible();
});

test("a launch that is refused says why", async ({ as, api, deployment }) => {
  const { name } = await theCourse(deployment, await api("barbara"));
  const page = await as("grace");
  // Not the default server, which other tests may have left running: that would be opened.
  await page.goto(`launch?environment=${name}&profile=Huge&server_name=other`);
  await expect(page.getByRole("alert")).toContainText("does not offer the machine 'Huge'");
  await axe(page);
  await page.getByRole("link", { name: "Choose something else" }).click();
  await expect(page.getByRole("heading", { name: "Choose what to launch" })).toBeVisible();
});

test("without an environment one is chosen", async ({ as, api, deployment }) => {
  const { title } = await theCourse(deployment, await api("barbara"));
  const page = await as("grace");
  await page.goto("launch");
  await page.getByRole("radio", { name: title }).check();
  await axe(page);
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(page.getByRole("progressbar", { name: `Starting ${title}` })).toBeVisible();
});
