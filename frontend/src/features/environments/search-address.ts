import type { EnvironmentStatus } from "../../api/schema";
import { paths } from "../../app/navigation";
import type { Search, Sort } from "./queries";

/** The orders on offer, the usual one first. */
export const SORTS = [
  "name",
  "-name",
  "-built",
  "built",
  "-created",
  "created",
  "status",
  "owner",
] as const satisfies readonly Sort[];

export const STATUSES: readonly EnvironmentStatus[] = [
  "ready",
  "unpublished",
  "queued",
  "building",
  "failed",
];

/** What the service takes. */
export const LONGEST_QUERY = 200;

/** What an address looks for; what it should not hold counts as nothing. */
export function searchOf(address: string, user: string): Search {
  const parameters = new URLSearchParams(address);
  return {
    q: (parameters.get("q") ?? "").slice(0, LONGEST_QUERY),
    sort: SORTS.find((each) => each === parameters.get("sort")) ?? "name",
    status: STATUSES.find((each) => each === parameters.get("status")) ?? "",
    owner: parameters.has("mine") ? user : "",
  };
}

/** The address of the page that looks for this. */
export function addressOfSearch({ q, sort, status, owner }: Search): string {
  const query = new URLSearchParams({
    ...(q && { q }),
    ...(sort !== "name" && { sort }),
    ...(status && { status }),
    ...(owner && { mine: "1" }),
  }).toString();
  return query ? `${paths.environments}?${query}` : paths.environments;
}

/** Whether some environments are left out. */
export function isNarrowed({ q, status, owner }: Search): boolean {
  return q.trim() !== "" || status !== "" || owner !== "";
}
