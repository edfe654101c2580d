import type { Page } from "@playwright/test";

import { dockerfile, expect, failing, screenshot, slow, test } from "../fixtures.ts";

/** Counts what a person clicks, and how long they have waited when they see something. */
class Journey {
  private clicks = 0;
  private readonly began = Date.now();
  readonly lines: string[] = [];

  async click(page: Page, role: "button" | "link", name: RegExp | string): Promise<void> {
    await page.getByRole(role, { name }).first().click();
    this.clicks += 1;
  }

  saw(what: string): void {
    const seconds = ((Date.now() - this.began) / 1000).toFixed(1);
    this.lines.push(`${String(this.clicks).padStart(2)} clicks ${seconds.padStart(5)} s  ${what}`);
  }
}

test("from an empty page to JupyterLab in three clicks", { tag: "@screenshots" }, async ({
  as,
  api,
  deployment,
}) => {
  test.setTimeout(600_000);
  await (await api("ada")).removeAll();
  const steps = ["RUN echo Collecting numpy && sleep 1", "RUN echo Collecting matplotlib && sleep 1"];
  const { url } = await deployment.addRepository(
    "tides",
    dockerfile(deployment.singleuserImage, [...steps, "RUN for i in $(seq 8); do echo \"compiling $i\"; sleep 0.5; done"]),
  );
  const page = await as("ada");
  await page.goto("./");
  const journey = new Journey();
  const address = page.getByRole("textbox", { name: "Address of a git repository" });
  await expect(address).toBeVisible();
  journey.saw("what an environment is, and a field for the address of a repository");
  await screenshot(page, "empty");

  await address.fill(url);
  await journey.click(page, "button", "Use this repository");
  await expect(page.getByText(/branch.* found/)).toBeVisible();
  journey.saw("the form: address, branches found, a name proposed");
  await screenshot(page, "add");

  await journey.click(page, "button", "Add and build");
  await expect(page.getByRole("heading", { name: /^Build \d+ of/ })).toBeVisible();
  journey.saw("the build's page, with its state in words");
  // Not in the picture, where it would be over the log.
  await page.getByRole("button", { name: "Dismiss" }).click();
  await expect(page.getByText("compiling 3")).toBeVisible();
  journey.saw("the running step open, its output line by line");
  await screenshot(page, "build");

  await expect(page.getByRole("link", { name: /^Start/ })).toBeVisible();
  journey.saw("the build is done, and can be started");
  await journey.click(page, "link", /^Start/);
  await expect(page.getByRole("heading", { name: /^Launch/ })).toBeVisible();
  journey.saw("what starts, where, and how far it is");
  await page.waitForURL(/\/user\/ada\/lab/, { timeout: 180_000 });
  journey.saw("JupyterLab");
  console.log(journey.lines.join("\n"));
  await (await api("ada")).ask("DELETE", "api/servers/");
});

test("the pages as they are with some use", { tag: ["@screenshots", "@long"] }, async ({ as, api, deployment }) => {
  test.setTimeout(600_000);
  const ada = await api("ada");
  await ada.removeAll();
  const image = deployment.singleuserImage;
  const repository = async (name: string, files: Record<string, string>) =>
    (await deployment.addRepository(name, files)).url;
  await ada.addBuilt({
    name: "waves",
    display_name: "Waves",
    description: "Physics of waves, second year: NumPy, SciPy and Matplotlib.",
    repo_url: await repository("waves", dockerfile(image)),
    schedule: "daily",
  });
  await ada.addBuilt({
    name: "climate-models",
    display_name: "Climate models",
    description: "With the data of the last ten years.",
    repo_url: await repository("climate-models", dockerfile(image)),
    visibility: { groups: ["lecturers"] },
  });
  const failed = await ada.add({
    name: "genomics",
    display_name: "Genomics",
    description: "R and Bioconductor.",
    repo_url: await repository("genomics", failing(image)),
  });
  const failure = await ada.ended(failed.last_build?.id ?? 0);
  const running = await ada.add({
    name: "linear-algebra",
    display_name: "Linear algebra",
    description: "Notebooks for the first year.",
    repo_url: await repository("linear-algebra", slow(image, { lines: 60, every: 0.5 })),
  });

  const page = await as("ada");
  await page.goto("./");
  await expect(page.getByRole("link", { name: "Linear algebra", exact: true })).toBeVisible();
  await expect(page.getByText(/Step \d+ of \d+/).first()).toBeVisible();
  await screenshot(page, "environments");

  await page.goto(`builds/${failure.id}`);
  await expect(page.getByText("no such package: nonesuch", { exact: true })).toBeVisible();
  await screenshot(page, "build-failed");

  await page.goto("environments/waves");
  await expect(page.getByRole("heading", { name: "Waves" })).toBeVisible();
  await screenshot(page, "environment");

  await ada.startServer({ environment: "waves" });
  await page.goto("servers");
  await expect(page.getByText("Running").first()).toBeVisible();
  await screenshot(page, "servers");

  await page.goto(new URL("/hub/spawn/ada/second", deployment.serviceUrl).href);
  await expect(page.getByRole("radio", { name: "Waves" })).toBeVisible();
  await screenshot(page, "spawn");

  await ada.ask("DELETE", "api/servers/");
  await ada.cancel(running.last_build?.id ?? 0);
  await ada.removeAll();
});
