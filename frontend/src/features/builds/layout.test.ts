import { describe, expect, test } from "vitest";

import { anchorOf, lineOf } from "./anchor";
import { Layout } from "./layout";
import { type Block, LogStore } from "./log-store";
import { Search } from "./search";

/** Two lines of the service, step 1 with three lines, step 2 with none, one line of the service. */
function example(): Block[] {
  const store = new LogStore((tell) => tell());
  let id = 0;
  const say = (event: string, data: object) =>
    store.feed({ id: String(++id), event, data: JSON.stringify(data) });
  say("log", { text: "Cloning\nBuilding\n", step: null });
  say("step", { id: "a", name: "RUN a", status: "done" });
  say("log", { text: "one fish\ntwo Fish, blue fish\nred", step: "a" });
  say("step", { id: "b", name: "RUN b", status: "done" });
  say("log", { text: "A fish is ready.\n", step: null });
  return store.blocks;
}

const rowsOf = (layout: Layout) =>
  Array.from({ length: layout.count }, (_, index) => {
    const row = layout.at(index);
    const name = row?.block.number === null ? "service" : `step ${row?.block.number}`;
    return row?.line === null ? name : `${name}, ${row?.line}`;
  });

describe("the rows of a log", () => {
  test("are the service's lines, the heads of steps, and the lines of open steps", () => {
    expect(rowsOf(new Layout(example(), () => true))).toEqual([
      "service, 0",
      "service, 1",
      "step 1",
      "step 1, 0",
      "step 1, 1",
      "step 1, 2",
      "step 2",
      "service, 0",
    ]);
  });

  test("are without the lines of closed steps", () => {
    expect(rowsOf(new Layout(example(), () => false))).toEqual([
      "service, 0",
      "service, 1",
      "step 1",
      "step 2",
      "service, 0",
    ]);
  });

  test("end where they end", () => {
    const layout = new Layout(example(), () => false);
    expect(layout.at(-1)).toBeUndefined();
    expect(layout.at(5)).toBeUndefined();
    expect(new Layout([], () => true).at(0)).toBeUndefined();
  });

  test.each([true, false])("are found where they are, with open steps: %s", (open) => {
    const layout = new Layout(example(), () => open);
    for (let index = 0; index < layout.count; index++) {
      const row = layout.at(index);
      expect(row && layout.indexOf(row.block, row.line)).toBe(index);
    }
  });

  test("of a closed step are where its head is", () => {
    const blocks = example();
    const step = blocks[1] as Block;
    expect(new Layout(blocks, () => false).indexOf(step, 2)).toBe(2);
  });

  test("tell how wide they are, and how high their numbers", () => {
    const layout = new Layout(example(), () => false);
    expect(layout.longestLine).toBe("two Fish, blue fish".length);
    expect(layout.highestNumber).toBe(3);
  });
});

describe("the address of a line", () => {
  test.each([
    [0, 0, "L1"],
    [1, 2, "step-1-L3"],
    [3, 0, "L3"],
  ])("leads back to it (block %i, line %i)", (index, line, anchor) => {
    const blocks = example();
    const block = blocks[index] as Block;
    expect(anchorOf(block, line)).toBe(anchor);
    expect(lineOf(`#${anchor}`, blocks)).toEqual({ block, line });
  });

  test.each(["", "#", "#L0", "#L4", "#step-1-L4", "#step-2-L1", "#step-9-L1", "#L1x", "#app"])(
    "leads nowhere where there is no such line: %s",
    (hash) => {
      expect(lineOf(hash, example())).toBeUndefined();
    },
  );
});

describe("a search", () => {
  const found = (query: string, blocks = example()) =>
    new Search(query)
      .matches(blocks)
      .map(({ block, line, start }) => [blocks.indexOf(block), line, start]);

  test("finds each match in the order of the log, in capitals or not", () => {
    expect(found("fish")).toEqual([
      [1, 0, 4],
      [1, 1, 4],
      [1, 1, 15],
      [3, 0, 2],
    ]);
  });

  test.each([
    ["nothing that is not there", "shark", 0],
    ["what looks like a pattern as it is", "ready.", 1],
    ["no more than that", "f.sh", 0],
    ["an unfinished line", "red", 1],
    ["a bracket", "(", 0],
  ])("finds %s", (_, query, count) => {
    expect(found(query)).toHaveLength(count);
  });

  test("goes on with what is new, and sees an unfinished line change", () => {
    const blocks = example();
    const search = new Search("red");
    expect(search.matches(blocks)).toHaveLength(1);
    blocks[1]?.lines.feed(" and red");
    expect(search.matches(blocks)).toHaveLength(2);
    blocks[1]?.lines.feed("\nred\n");
    expect(search.matches(blocks)).toHaveLength(3);
    blocks[1]?.lines.feed("blue\rgreen\n");
    expect(search.matches(blocks)).toHaveLength(3);
  });
});
