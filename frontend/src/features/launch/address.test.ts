import { expect, test } from "vitest";

import { launchOf, launchPath } from "./address";

const NOTHING = { build: null, profile: null, ownSize: null, serverName: null };

test.each([
  ["", null],
  ["environment=", null],
  ["profile=Small", null],
  ["environment=course", { environment: "course", profile: null, serverName: null }],
  ["environment=course&profile=", { environment: "course", profile: null, serverName: null }],
  ["environment=course&server_name=", { environment: "course", profile: null, serverName: "" }],
  [
    "environment=course&mem_limit=1073741824&cpu_limit=much",
    { environment: "course", profile: null, ownSize: { mem_limit: 2 ** 30, cpu_limit: null } },
  ],
  [
    "environment=course&profile=Very+large&server_name=b",
    { environment: "course", profile: "Very large", serverName: "b" },
  ],
  ["environment=course&build=42", { environment: "course", build: 42 }],
  ["environment=course&build=newest", { environment: "course" }],
])("the address ?%s asks for %j", (search, launch) => {
  expect(launchOf(search)).toEqual(launch && { ...NOTHING, ...launch });
});

test.each([
  { environment: "course", profile: null, serverName: null },
  { environment: "course", profile: "Größer & schneller", serverName: "" },
  { environment: "course", profile: null, serverName: "second" },
  { environment: "course", build: 42 },
  { environment: "course", ownSize: { mem_limit: null, cpu_limit: 0.5 } },
])("the address of %j leads to it", (asked) => {
  const launch = { ...NOTHING, ...asked };
  const [path, search] = launchPath(launch).split("?");
  expect(path).toBe("/launch");
  expect(launchOf(search ?? "")).toEqual(launch);
});
