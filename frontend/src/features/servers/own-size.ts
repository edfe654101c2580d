import type { Size } from "../../api/schema";
import { t } from "../../i18n";
import { formatBytes } from "../../i18n/format";
import { bytesOf, coresOf, type Memory } from "../../ui/sizes";

/** A size as a person enters it. */
export interface EnteredSize {
  memory: Memory;
  cores: string;
}

export const NO_SIZE: EnteredSize = { memory: { amount: "", unit: "GiB" }, cores: "" };

/** What is wrong with which field. */
export interface SizeProblems {
  memory?: string;
  cores?: string;
}

/** The size that was entered, or what is wrong with it; `largest` is the operator's bound. */
export function readSize(
  { memory, cores }: EnteredSize,
  largest: Size,
): { size: Size } | { problems: SizeProblems } {
  const words = t.servers.ownSize;
  const [bytes, cpus] = [bytesOf(memory), coresOf(cores)];
  if (bytes === null && cpus === null) return { problems: { memory: words.empty } };
  const problems: SizeProblems = {};
  if (bytes === undefined) problems.memory = words.memoryInvalid;
  else if (exceeds(bytes, largest.mem_limit)) {
    problems.memory = words.most(formatBytes(largest.mem_limit));
  }
  if (cpus === undefined) problems.cores = words.coresInvalid;
  else if (exceeds(cpus, largest.cpu_limit)) {
    problems.cores = words.most(t.size.cores(largest.cpu_limit ?? 0));
  }
  if (problems.memory !== undefined || problems.cores !== undefined) return { problems };
  return { size: { mem_limit: bytes ?? null, cpu_limit: cpus ?? null } };
}

function exceeds(value: number | null, bound: number | null | undefined): boolean {
  return value !== null && bound != null && value > bound;
}
