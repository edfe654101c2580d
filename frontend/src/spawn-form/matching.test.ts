import { expect, test } from "vitest";

import { matches } from "./matching";

test.each([
  ["Linear algebra", "", true],
  ["Linear algebra", "  ", true],
  ["Linear algebra", "algebra", true],
  ["Linear algebra", "ALG lin", true],
  ["Linear algebra", "linear geometry", false],
  ["Écologie marine", "ecologie", true],
  ["Ecologie marine", "écologie", true],
  ["https://git.example.org/course.git", "example.org/course", true],
  ["R (2026)", "(2026)", true],
  ["a+b", "a.b", false],
])("%j matches %j: %j", (text, q, matching) => {
  expect(matches(text, q)).toBe(matching);
});
