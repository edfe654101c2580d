import { expect, test } from "vitest";

import { bytesOf, coresOf, memoryOf } from "./sizes";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

test.each([
  ["", "GiB", null],
  ["  ", "GiB", null],
  ["2", "GiB", 2 * GIB],
  [" 1.5 ", "GiB", 1.5 * GIB],
  ["1,5", "GiB", 1.5 * GIB],
  ["512", "MiB", 512 * MIB],
  [".5", "GiB", 512 * MIB],
  ["6", "MiB", 6 * MIB],
  ["5.9", "MiB", undefined],
  ["0", "GiB", undefined],
  ["-1", "GiB", undefined],
  ["2 GB", "GiB", undefined],
  ["1e3", "GiB", undefined],
  ["NaN", "GiB", undefined],
  ["Infinity", "GiB", undefined],
  ["1.2.3", "GiB", undefined],
  ["2000000", "GiB", undefined],
] as const)("%j %s are %s bytes", (amount, unit, bytes) => {
  expect(bytesOf({ amount, unit })).toBe(bytes);
});

test.each([
  ["", null],
  ["1", 1],
  ["0,5", 0.5],
  ["1.", 1],
  ["0.01", 0.01],
  ["0", undefined],
  ["1025", undefined],
  ["two", undefined],
  [".", undefined],
])("%j are %s cores", (entered, cores) => {
  expect(coresOf(entered)).toBe(cores);
});

test.each([
  [null, "", "GiB"],
  [2 * GIB, "2", "GiB"],
  [1.5 * GIB, "1.5", "GiB"],
  [512 * MIB, "512", "MiB"],
  [1100 * MIB, "1100", "MiB"],
  [10_000_000, "9.537", "MiB"],
])("%s bytes are entered as %j %s", (bytes, amount, unit) => {
  expect(memoryOf(bytes)).toEqual({ amount, unit });
});

test("what is entered stays the same number of bytes", () => {
  for (const bytes of [GIB, 1.25 * GIB, 3000 * MIB, 700 * MIB]) {
    expect(bytesOf(memoryOf(bytes))).toBe(bytes);
  }
});
