import { expect, test } from "vitest";

import { readSize } from "./own-size";

const LARGEST = { mem_limit: 8 * 2 ** 30, cpu_limit: 4 };
const entered = (amount: string, cores: string) => ({
  memory: { amount, unit: "GiB" as const },
  cores,
});

test.each([
  ["8", "4", { mem_limit: 2 ** 33, cpu_limit: 4 }],
  ["1,5", "", { mem_limit: 1.5 * 2 ** 30, cpu_limit: null }],
  ["", "0.5", { mem_limit: null, cpu_limit: 0.5 }],
])("%j GiB and %j cores are a size", (amount, cores, size) => {
  expect(readSize(entered(amount, cores), LARGEST)).toEqual({ size });
});

test.each([
  ["", " ", { memory: "Enter how much memory, how many cores, or both." }],
  ["8.1", "4", { memory: "8 GiB at most." }],
  ["much", "5", { memory: "Enter a number of at least 6 MiB.", cores: "4 cores at most." }],
  ["1", "-1", { cores: "Enter a number of at least 0.01." }],
])("%j GiB and %j cores are none", (amount, cores, problems) => {
  expect(readSize(entered(amount, cores), LARGEST)).toEqual({ problems });
});
