import type { Build } from "../../api/schema";

/** How many earlier builds tell how long one takes. */
const LAST = 5;

/** How long a build usually takes in milliseconds; undefined where no build tells. */
export function usualDuration(builds: readonly Build[], build: Build): number | undefined {
  const durations = builds
    .filter(
      (each) =>
        each.id < build.id &&
        each.status === "built" &&
        (each.no_cache ?? false) === (build.no_cache ?? false),
    )
    .sort((a, b) => b.id - a.id)
    .flatMap(({ started_at, finished_at }) =>
      started_at && finished_at ? [Date.parse(finished_at) - Date.parse(started_at)] : [],
    )
    .slice(0, LAST)
    .sort((a, b) => a - b);
  const middle = Math.floor(durations.length / 2);
  const upper = durations[middle];
  if (upper === undefined) return undefined;
  return durations.length % 2 ? upper : (upper + (durations[middle - 1] ?? upper)) / 2;
}

/** A duration as roughly as it is known: 4 s, 40 s, 2 min, 3 h. */
export function formatRoughly(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 57.5) return `${Math.round(seconds / 5) * 5} s`;
  if (seconds < 3570) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
