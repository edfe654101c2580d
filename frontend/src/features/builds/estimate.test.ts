import { describe, expect, test } from "vitest";

import type { Build } from "../../api/schema";
import { formatRoughly, usualDuration } from "./estimate";

const START = Date.parse("2026-01-01T10:00:00Z");

/** A build that took so many seconds. */
function took(id: number, seconds: number, more: Partial<Build> = {}): Build {
  return {
    id,
    environment: "waves",
    repo_url: "https://example.org/waves",
    builder: "auto",
    build_args: {},
    status: "built",
    ref: "main",
    trigger: "rebuild",
    requested_by: "ada",
    created_at: new Date(START).toISOString(),
    started_at: new Date(START).toISOString(),
    finished_at: new Date(START + 1000 * seconds).toISOString(),
    ...more,
  };
}

describe("how long a build usually takes", () => {
  const next = took(100, 0, { status: "building", finished_at: null });
  test.each([
    ["is unknown without a history", [], undefined],
    ["is what the only one took", [took(1, 40)], 40],
    ["is the middle one of several", [took(1, 10), took(2, 60), took(3, 20)], 20],
    ["is between two", [took(1, 10), took(2, 20)], 15],
    [
      "is told by the last five only",
      [1, 2, 3, 4, 5, 6, 7].map((id) => took(id, id <= 2 ? 1000 : 30)),
      30,
    ],
    ["is not told by failed ones", [took(1, 10, { status: "failed" }), took(2, 30)], 30],
    ["is not told by cancelled ones", [took(1, 10, { status: "cancelled" })], undefined],
    ["is not told by those without the cache", [took(1, 900, { no_cache: true })], undefined],
    ["is not told by later ones", [took(101, 10)], undefined],
    ["is not told by itself", [next], undefined],
  ])("%s", (_, builds, seconds) => {
    expect(usualDuration(builds, next)).toBe(seconds && 1000 * seconds);
  });

  test("without the cache is told by those without it", () => {
    const builds = [took(1, 10), took(2, 900, { no_cache: true })];
    expect(usualDuration(builds, { ...next, no_cache: true })).toBe(900_000);
  });
});

test.each([
  [0, "1 s"],
  [3_400, "3 s"],
  [9_400, "9 s"],
  [12_000, "10 s"],
  [38_000, "40 s"],
  [57_000, "55 s"],
  [59_000, "1 min"],
  [100_000, "2 min"],
  [3_540_000, "59 min"],
  [3_590_000, "1 h"],
  [7_200_000, "2 h"],
])("%i ms are roughly %s", (milliseconds, text) => {
  expect(formatRoughly(milliseconds)).toBe(text);
});
