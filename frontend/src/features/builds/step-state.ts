import type { StepStatus } from "../../api/schema";
import type { Block } from "./log-store";

export type StepState = StepStatus | "cached" | "interrupted";

/** How a step is, in the one word that tells most. */
export function stateOf({ step, isInterrupted }: Block): StepState {
  if (!step) return "done";
  if (step.status === "running") return isInterrupted ? "interrupted" : "running";
  return step.cached && step.status === "done" ? "cached" : step.status;
}
