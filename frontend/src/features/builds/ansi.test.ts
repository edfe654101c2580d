import { describe, expect, test } from "vitest";

import { classesOf, PLAIN, restyle } from "./ansi";

const after = (...sequences: string[]) => sequences.reduce(restyle, PLAIN);

describe("the classes of a style", () => {
  test.each([
    ["nothing", [], ""],
    ["a colour", ["31"], "envbuilder-ansi-red"],
    ["a bright colour", ["92"], "envbuilder-ansi-green"],
    ["a background", ["44"], "envbuilder-ansi-on-blue"],
    ["a bright background", ["103"], "envbuilder-ansi-on-yellow"],
    ["a colour on a background, which wins", ["31;44"], "envbuilder-ansi-on-blue"],
    ["bold", ["1"], "fw-bold"],
    ["bold and coloured at once", ["1;36"], "envbuilder-ansi-cyan fw-bold"],
    ["dim", ["2"], "envbuilder-ansi-black"],
    ["dim and coloured", ["2;31"], "envbuilder-ansi-red"],
    ["italic", ["3"], "fst-italic"],
    ["underlined", ["4"], "text-decoration-underline"],
    ["struck out", ["9"], "text-decoration-line-through"],
    ["reversed", ["7"], "envbuilder-ansi-on-white"],
    ["a reversed colour", ["7;32"], "envbuilder-ansi-on-green"],
    ["what goes on", ["1", "35"], "envbuilder-ansi-magenta fw-bold"],
    ["a reset", ["1;35", "0"], ""],
    ["a reset without a number", ["1;35", ""], ""],
    ["a reset and a colour", ["1;35", "0;34"], "envbuilder-ansi-blue"],
    ["the usual colour again", ["1;31", "39"], "fw-bold"],
    ["the usual background again", ["41", "49"], ""],
    ["bold once only, however often", ["1", "1", "22"], ""],
    ["not reversed any more", ["7;31", "27"], "envbuilder-ansi-red"],
    ["a code that nobody knows", ["31", "77"], "envbuilder-ansi-red"],
    ["one of 16 colours", ["38;5;4"], "envbuilder-ansi-blue"],
    ["a colour of the cube", ["38;5;196"], "envbuilder-ansi-red"],
    ["another colour of the cube", ["38;5;51"], "envbuilder-ansi-cyan"],
    ["a light grey", ["38;5;250"], "envbuilder-ansi-white"],
    ["a dark grey", ["38;5;238"], "envbuilder-ansi-black"],
    ["true colour", ["38;2;255;10;10"], "envbuilder-ansi-red"],
    ["true colour behind", ["48;2;10;10;200"], "envbuilder-ansi-on-blue"],
    ["true colour with colons", ["38:2:20:200:20"], "envbuilder-ansi-green"],
    ["what comes after a palette colour", ["38;5;196;1"], "envbuilder-ansi-red fw-bold"],
    [
      "what comes after a true colour",
      ["38;2;1;2;250;4"],
      "envbuilder-ansi-blue text-decoration-underline",
    ],
  ])("%s", (_, sequences, classes) => {
    expect(classesOf(after(...sequences))).toBe(classes);
  });
});
