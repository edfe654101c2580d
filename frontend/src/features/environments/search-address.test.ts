import { describe, expect, test } from "vitest";

import type { Search } from "./queries";
import { addressOfSearch, isNarrowed, searchOf } from "./search-address";

const EVERYTHING: Search = { q: "", sort: "name", status: "", owner: "" };

describe("the address of a search", () => {
  test.each<[Partial<Search>, string]>([
    [{}, "/"],
    [{ q: "waves & tides" }, "/?q=waves+%26+tides"],
    [{ sort: "-built" }, "/?sort=-built"],
    [{ status: "failed" }, "/?status=failed"],
    [{ owner: "ada" }, "/?mine=1"],
    [
      { q: "é", sort: "owner", status: "ready", owner: "ada" },
      "/?q=%C3%A9&sort=owner&status=ready&mine=1",
    ],
  ])("%o is at %s, and is read from there", (part, address) => {
    const search = { ...EVERYTHING, ...part };
    expect(addressOfSearch(search)).toBe(address);
    expect(searchOf(address.replace(/^\/\??/, ""), "ada")).toEqual(search);
  });

  test("a space that is being typed is kept", () => {
    expect(searchOf(addressOfSearch({ ...EVERYTHING, q: "two " }).slice(2), "ada").q).toBe("two ");
  });

  test.each(["sort=name-or-so", "status=cancelled", "sort=&status=&q="])(
    "%s looks for everything",
    (address) => {
      expect(searchOf(address, "ada")).toEqual(EVERYTHING);
    },
  );

  test("what is longer than the service takes is cut", () => {
    expect(searchOf(`q=${"x".repeat(300)}`, "ada").q).toHaveLength(200);
  });
});

test.each<[Partial<Search>, boolean]>([
  [{}, false],
  [{ sort: "owner" }, false],
  [{ q: "  " }, false],
  [{ q: "x" }, true],
  [{ status: "ready" }, true],
  [{ owner: "ada" }, true],
])("whether %o leaves something out: %s", (part, narrowed) => {
  expect(isNarrowed({ ...EVERYTHING, ...part })).toBe(narrowed);
});
