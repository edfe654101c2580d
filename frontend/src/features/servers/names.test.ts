import { expect, test } from "vitest";

import { isValidName, proposeName, titleOf } from "./names";

test("the server without a name is the default one", () => {
  expect(titleOf("")).toBe("Default server");
  expect(titleOf("thesis")).toBe("thesis");
});

test.each([
  ["", true],
  ["thesis", true],
  ["Thesis_2-b", true],
  ["2nd", true],
  ["a".repeat(63), true],
  ["a".repeat(64), false],
  ["-thesis", false],
  ["_thesis", false],
  ["my thesis", false],
  ["../grace", false],
  ["thèse", false],
  ["a/b", false],
])("whether %j can be a name: %j", (name, valid) => {
  expect(isValidName(name)).toBe(valid);
});

test.each([
  ["course", [], "course"],
  ["course", ["", "thesis"], "course"],
  ["course", ["course"], "course-2"],
  ["course", ["", "course", "course-2"], "course-3"],
  ["course", ["course-2"], "course"],
  ["a".repeat(63), ["a".repeat(63)], `${"a".repeat(61)}-2`],
])("the name for %j beside %j is %j", (environment, taken, name) => {
  expect(proposeName(environment, taken)).toBe(name);
  expect(isValidName(name)).toBe(true);
});
