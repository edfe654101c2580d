import { expect, test } from "vitest";

import { launchOf, launchPath } from "./address";

test.each([
  ["", null],
  ["environment=", null],
  ["profile=Small", null],
  ["environment=course", { environment: "course", profile: null, serverName: null }],
  ["environment=course&profile=", { environment: "course", profile: null, serverName: null }],
  ["environment=course&server_name=", { environment: "course", profile: null, serverName: "" }],
  [
    "environment=course&profile=Very+large&server_name=b",
    { environment: "course", profile: "Very large", serverName: "b" },
  ],
])("the address ?%s asks for %j", (search, launch) => {
  expect(launchOf(search)).toEqual(launch);
});

test.each([
  { environment: "course", profile: null, serverName: null },
  { environment: "course", profile: "Größer & schneller", serverName: "" },
  { environment: "course", profile: null, serverName: "second" },
])("the address of %j leads to it", (launch) => {
  const [path, search] = launchPath(launch).split("?");
  expect(path).toBe("/launch");
  expect(launchOf(search ?? "")).toEqual(launch);
});
