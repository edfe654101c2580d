import { describe, expect, test } from "vitest";

import { classesOf } from "./ansi";
import { Lines } from "./lines";

const ESC = "\u001b";

function linesOf(...pieces: string[]): string[] {
  const lines = new Lines();
  pieces.forEach((piece) => lines.feed(piece));
  return Array.from({ length: lines.count }, (_, index) => lines.at(index)?.text ?? "");
}

describe("pieces become lines", () => {
  test.each([
    ["one line", ["one\n"], ["one"]],
    ["several lines in a piece", ["one\ntwo\nthree\n"], ["one", "two", "three"]],
    ["a line in several pieces", ["o", "n", "e\ntw", "o\n"], ["one", "two"]],
    ["a line without an end", ["one\ntwo"], ["one", "two"]],
    ["an end that comes later", ["one", "\n"], ["one"]],
    ["empty lines", ["\n\none\n\n"], ["", "", "one", ""]],
    ["nothing", ["", ""], []],
    ["ends of lines as on Windows", ["one\r\ntwo\r\n"], ["one", "two"]],
    ["ends of lines as on Windows, cut in two", ["one\r", "\ntwo"], ["one", "two"]],
    ["a line that is overwritten", ["10 %\r20 %\r30 %\n"], ["30 %"]],
    ["a line that is overwritten later", ["10 %", "\r20 %", "\r30 %", "\n"], ["30 %"]],
    ["a line that is overwritten by a shorter one", ["long text\rshort\n"], ["short"]],
    ["a carriage return with nothing behind it", ["100 %\r"], ["100 %"]],
    ["only the line itself is overwritten", ["one\ntwo\rthree\n"], ["one", "three"]],
    ["colours", [`${ESC}[31mred${ESC}[0m plain\n`], ["red plain"]],
    ["a sequence in two pieces", [`a${ESC}`, "[3", `1mb${ESC}[0`, "mc\n"], ["abc"]],
    ["erasing and moving", [`a${ESC}[2K${ESC}[1A${ESC}[?25lb\n`], ["ab"]],
    ["a title", [`${ESC}]0;title\u0007text\n`], ["text"]],
    ["a link of a terminal", [`${ESC}]8;;https://a.b${ESC}\\text${ESC}]8;;${ESC}\\\n`], ["text"]],
    ["a link of a terminal in two pieces", [`${ESC}]8;;https://`, "a.b\u0007text\n"], ["text"]],
    ["a bell and a backspace", ["a\u0007b\u0008c\n"], ["abc"]],
    ["a tab", ["a\tb\n"], ["a\tb"]],
    ["other scripts", ["πλάτων 数学\n"], ["πλάτων 数学"]],
  ])("%s", (_, pieces, lines) => {
    expect(linesOf(...pieces)).toEqual(lines);
  });

  test("an unfinished sequence that never ends does not hold back what follows", () => {
    expect(linesOf(`a${ESC}]${"x".repeat(5000)}`, "b\n")).toEqual(["ab"]);
  });
});

describe("styles", () => {
  const styled = (...pieces: string[]) => {
    const lines = new Lines();
    pieces.forEach((piece) => lines.feed(piece));
    return Array.from({ length: lines.count }, (_, index) =>
      lines.at(index)?.runs.map(({ start, style }) => [start, classesOf(style)]),
    );
  };

  test("begin where their sequence stands", () => {
    expect(styled(`a${ESC}[31mb${ESC}[0mc\n`)).toEqual([
      [
        [1, "envbuilder-ansi-red"],
        [2, ""],
      ],
    ]);
  });

  test("go on over the ends of lines until they end", () => {
    expect(styled(`${ESC}[32mone\ntwo${ESC}[0m\nthree\n`)).toEqual([
      [[0, "envbuilder-ansi-green"]],
      [[0, "envbuilder-ansi-green"]],
      [],
    ]);
  });

  test("of an overwritten line are forgotten with it", () => {
    expect(styled(`${ESC}[31mred${ESC}[0m\rplain\n`)).toEqual([[]]);
  });
});

test("a line that is not complete is one that changes", () => {
  const lines = new Lines();
  lines.feed("one\ntw");
  expect([lines.count, lines.complete]).toEqual([2, 1]);
  const before = lines.at(1);
  lines.feed("o");
  expect(before?.text).toBe("tw");
  expect(lines.at(1)?.text).toBe("two");
  lines.feed("\n");
  expect([lines.count, lines.complete]).toEqual([2, 2]);
});

test("the longest line and the text of all are known", () => {
  const lines = new Lines();
  lines.feed(`${ESC}[1mone${ESC}[0m\nthirteen\ntwo`);
  expect(lines.longest).toBe(8);
  expect(lines.text()).toBe("one\nthirteen\ntwo\n");
});
