export const MEMORY_UNITS = { MiB: 2 ** 20, GiB: 2 ** 30 } as const;
export type MemoryUnit = keyof typeof MEMORY_UNITS;

/** Memory as people enter it. */
export interface Memory {
  amount: string;
  unit: MemoryUnit;
}

const LEAST_MEMORY = 6 * MEMORY_UNITS.MiB;
const MOST_MEMORY = 2 ** 50;
const LEAST_CORES = 0.01;
const MOST_CORES = 1024;

/** Bytes; null where nothing is entered, undefined for what is no size of memory. */
export function bytesOf({ amount, unit }: Memory): number | null | undefined {
  const number = numberOf(amount);
  if (number === null) return null;
  const bytes = Math.round(number * MEMORY_UNITS[unit]);
  return bytes >= LEAST_MEMORY && bytes <= MOST_MEMORY ? bytes : undefined;
}

/** Cores; null where nothing is entered, undefined for what is no number of them. */
export function coresOf(entered: string): number | null | undefined {
  const number = numberOf(entered);
  if (number === null) return null;
  return number >= LEAST_CORES && number <= MOST_CORES ? number : undefined;
}

/** How people would enter this memory. */
export function memoryOf(bytes: number | null): Memory {
  if (bytes === null) return { amount: "", unit: "GiB" };
  const quarters = (4 * bytes) / MEMORY_UNITS.GiB;
  const unit = quarters >= 4 && Number.isInteger(quarters) ? "GiB" : "MiB";
  return { amount: String(Number((bytes / MEMORY_UNITS[unit]).toFixed(3))), unit };
}

/** Numbers as they are written here and there: 1.5 and 1,5. */
function numberOf(entered: string): number | null {
  const text = entered.trim().replace(",", ".");
  if (text === "") return null;
  return /^\d*\.?\d+$|^\d+\.$/.test(text) ? Number(text) : NaN;
}
