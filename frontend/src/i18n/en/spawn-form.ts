import { pluralOf } from "../plural";

const count = pluralOf("en");

/** Not among the others: the Hub's page loads these alone. */
export const spawnForm = {
  search: "Search the environments",
  hint: "By name, description or repository address. Enter chooses the first one.",
  matches: (matching: number, all: number) =>
    `${matching} of ${count(all, "environment", "environments")}`,
  none: (q: string) => `No environment matches “${q}”.`,
  clear: "Clear the search",
};
