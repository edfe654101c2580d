import { expect, test, vi } from "vitest";

import type { Step } from "../../api/schema";
import { LogStore } from "./log-store";
import { stateOf } from "./step-state";

/** A store with what is said to it, in the order of the log. */
class Told extends LogStore {
  position = 0;

  say(event: string, data: object): this {
    this.feed({ id: String(++this.position), event, data: JSON.stringify(data) });
    return this;
  }

  printed(text: string, step: string | null = null): this {
    return this.say("log", { text, stream: "stdout", step });
  }

  step(id: string, status: Step["status"], more: Partial<Step> = {}): this {
    return this.say("step", { id, name: `RUN ${id}`, status, ...more });
  }

  became(status: string): this {
    return this.say("status", { status });
  }

  get shown() {
    return this.blocks.map((block) => [
      block.step ? `${block.step.name}: ${stateOf(block)}` : "service",
      block.lines.text(),
    ]);
  }
}

const told = () => new Told((tell) => tell());

test("text goes to its step, and the service's own between the steps", () => {
  const store = told()
    .printed("Cloning\n")
    .step("a", "running")
    .printed("one\n", "a")
    .step("b", "running")
    .printed("uno\n", "b")
    .printed("two\n", "a")
    .step("a", "done")
    .printed("Image is ready.\n");
  expect(store.shown).toEqual([
    ["service", "Cloning\n"],
    ["RUN a: done", "one\ntwo\n"],
    ["RUN b: running", "uno\n"],
    ["service", "Image is ready.\n"],
  ]);
  expect(store.text()).toBe("Cloning\none\ntwo\nuno\nImage is ready.\n");
});

test("the service's lines are numbered through, the steps from 1", () => {
  const store = told().printed("1\n2\n").step("a", "done").printed("3\n").step("b", "done");
  expect(store.blocks.map(({ number, linesBefore }) => [number, linesBefore])).toEqual([
    [null, 0],
    [1, 0],
    [null, 2],
    [2, 0],
  ]);
});

test("an empty line that sets the service apart from a step is not shown", () => {
  expect(told().step("a", "failed").printed("\nIt failed.\n").shown[1]).toEqual([
    "service",
    "It failed.\n",
  ]);
});

test("a stream that begins again repeats nothing", () => {
  const store = told().printed("one\n").printed("two\n");
  store.position = 0;
  store.printed("one\n").printed("two\n").printed("three\n");
  expect(store.text()).toBe("one\ntwo\nthree\n");
  expect(store.lastEventId).toBe("3");
});

test("a store that knows nothing begins at the beginning", () => {
  expect(told().lastEventId).toBeUndefined();
});

test("text that comes before its step is not lost", () => {
  expect(told().printed("early\n", "a").step("a", "done").shown).toEqual([
    ["RUN a: done", "early\n"],
  ]);
});

test("a step that starts again in the same build stays one step", () => {
  const store = told().step("a", "done").step("a", "running").step("a", "done", { cached: true });
  expect(store.shown).toEqual([["RUN a: cached", ""]]);
});

test("a restart of the service interrupts what runs, and its steps begin anew", () => {
  const store = told()
    .became("building")
    .step("a", "done")
    .step("b", "running")
    .printed("half\n", "b")
    .became("queued")
    .printed("The service was restarted.\n")
    .step("a", "done", { cached: true })
    .step("b", "running")
    .printed("whole\n", "b")
    .step("b", "done");
  expect(store.shown).toEqual([
    ["RUN a: done", ""],
    ["RUN b: interrupted", "half\n"],
    ["service", "The service was restarted.\n"],
    ["RUN a: cached", ""],
    ["RUN b: done", "whole\n"],
  ]);
});

test("an interrupted step that is told to be cancelled does not appear once more", () => {
  const store = told().step("a", "running").became("queued").step("a", "cancelled");
  expect(store.shown).toEqual([["RUN a: cancelled", ""]]);
});

test("transfers are known by name while their step runs", () => {
  const store = told().step("a", "running");
  store.say("progress", { step: "a", name: "one", current: 1, total: 4 });
  store.say("progress", { step: "a", name: "two", current: 2, total: 4 });
  store.say("progress", { step: "a", name: "one", current: 3, total: 4 });
  expect([...(store.blocks[0]?.transfers.values() ?? [])].map(({ current }) => current)).toEqual([
    3, 2,
  ]);
  store.step("a", "done");
  expect(store.blocks[0]?.transfers.size).toBe(0);
});

test("listeners hear of any number of changes once a frame", () => {
  const frames: (() => void)[] = [];
  const store = new Told((tell) => frames.push(tell));
  const listener = vi.fn();
  const stop = store.subscribe(listener);
  store.printed("one\n").printed("two\n").became("built");
  expect(listener).not.toHaveBeenCalled();
  expect(frames).toHaveLength(1);
  frames[0]?.();
  expect(listener).toHaveBeenCalledTimes(1);
  expect(store.version).toBe(1);
  store.printed("three\n");
  expect(frames).toHaveLength(2);
  stop();
  frames[1]?.();
  expect(listener).toHaveBeenCalledTimes(1);
});

test("the browser's own frames are what it waits for", async () => {
  const store = new LogStore();
  store.feed({ id: "1", event: "status", data: '{"status":"built"}' });
  await vi.waitFor(() => expect(store.version).toBe(1), 30_000);
});
