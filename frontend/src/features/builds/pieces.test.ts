import { describe, expect, test } from "vitest";

import { PLAIN, restyle } from "./ansi";
import { LONGEST_SHOWN, piecesOf } from "./pieces";
import { patternOf } from "./search";

const plain = (text: string) => ({ text, runs: [] });
const links = (text: string) =>
  piecesOf(plain(text), null).flatMap(({ href }) => (href === null ? [] : [href]));

describe("links", () => {
  test.each([
    ["see https://example.org/a for more", ["https://example.org/a"]],
    ["http://localhost:8080/?q=1&r=2#top", ["http://localhost:8080/?q=1&r=2#top"]],
    ["Read https://example.org/a.", ["https://example.org/a"]],
    ["(https://example.org/a), or", ["https://example.org/a"]],
    ["https://en.wikipedia.org/wiki/A_(b)", ["https://en.wikipedia.org/wiki/A_(b)"]],
    ['<https://example.org> "https://a.b/c"', ["https://example.org", "https://a.b/c"]],
    ["https://a.b!? https://c.d]", ["https://a.b", "https://c.d"]],
    ["javascript:alert(1) ftp://a.b file:///etc/passwd", []],
  ])("%s", (text, found) => {
    expect(links(text)).toEqual(found);
  });
});

test("a line is cut where its style, a link or a match begins and ends, and nothing is lost", () => {
  const text = "go to https://example.org/fish now";
  const runs = [
    { start: 3, style: restyle(PLAIN, "31") },
    { start: 10, style: PLAIN },
  ];
  const pieces = piecesOf({ text, runs }, patternOf("fish"));
  expect(pieces.map((piece) => piece.text).join("")).toBe(text);
  expect(pieces).toEqual([
    { start: 0, text: "go ", className: "", href: null, match: null },
    { start: 3, text: "to ", className: "envbuilder-ansi-red", href: null, match: null },
    {
      start: 6,
      text: "http",
      className: "envbuilder-ansi-red",
      href: "https://example.org/fish",
      match: null,
    },
    {
      start: 10,
      text: "s://example.org/",
      className: "",
      href: "https://example.org/fish",
      match: null,
    },
    { start: 26, text: "fish", className: "", href: "https://example.org/fish", match: 26 },
    { start: 30, text: " now", className: "", href: null, match: null },
  ]);
});

test("an empty line has no pieces", () => {
  expect(piecesOf(plain(""), patternOf("a"))).toEqual([]);
});

test("of a huge line only the beginning is shown", () => {
  const pieces = piecesOf(plain("x".repeat(1_000_000)), null);
  expect(pieces.map((piece) => piece.text.length)).toEqual([LONGEST_SHOWN]);
});
