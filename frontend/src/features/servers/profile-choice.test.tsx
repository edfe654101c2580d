import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import type { Profile } from "../../api/schema";
import { aLaunchable } from "../../../tests/servers";
import { refuse, serve, show } from "../../../tests/server";
import { allowedProfiles, chosenProfile, ProfileChoice } from "./profile-choice";

const SMALL: Profile = { label: "Small", mem_limit: 2 ** 29, cpu_limit: 0.5, default: true };
const LARGE: Profile = {
  label: "Large",
  mem_limit: 2 ** 33,
  cpu_limit: 4,
  description: "For data",
};
const PLAIN: Profile = { label: "Plain" };

test.each([
  [null, ["Small", "Large", "Plain"]],
  [["Large"], ["Large"]],
  [["Gone"], []],
])("an environment that allows %j offers %j", (profiles, labels) => {
  const allowed = allowedProfiles([SMALL, LARGE, PLAIN], aLaunchable("course", { profiles }));
  expect(allowed.map((each) => each.label)).toEqual(labels);
});

test.each([
  [[LARGE, SMALL], null, "Small"],
  [[LARGE, SMALL], "Large", "Large"],
  [[LARGE, SMALL], "Gone", "Small"],
  [[LARGE, PLAIN], null, "Large"],
  [[], "Large", undefined],
])("out of %j with %j chosen it is %j", (allowed, label, chosen) => {
  expect(chosenProfile(allowed, label)?.label).toBe(chosen);
});

function choose(environment: Parameters<typeof aLaunchable>[1], items: Profile[]) {
  serve({ "GET /api/profiles": { items, free_size: null } });
  show(
    <ProfileChoice
      environment={aLaunchable("course", environment)}
      value={null}
      onChange={() => undefined}
    />,
  );
}

test("a machine has the size that the environment leaves of it", async () => {
  choose({ mem_limit: 2 ** 30 }, [SMALL, LARGE, PLAIN]);
  const options = await screen.findAllByRole("option");
  expect(options.map((each) => each.textContent)).toEqual([
    "Small · 512 MiB, 0.5 cores",
    "Large · 1 GiB, 4 cores · For data",
    "Plain · 1 GiB",
  ]);
  expect(screen.getByRole("combobox", { name: "Machine" })).toHaveValue("Small");
});

test("an environment that allows no machine says whom to ask", async () => {
  choose({ profiles: ["Gone"] }, [SMALL]);
  expect(await screen.findByText(/Ask its owner to allow one/)).toBeVisible();
});

test("without machines there is nothing to choose", async () => {
  serve({ "GET /api/profiles": refuse(503, "The database does not answer.") });
  show(
    <ProfileChoice environment={aLaunchable("course")} value={null} onChange={() => undefined} />,
  );
  expect(await screen.findByRole("alert")).toHaveTextContent("The database does not answer.");
  expect(screen.getByRole("button", { name: "Try again" })).toBeVisible();
});
