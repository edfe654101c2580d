import { expect, test } from "vitest";

import { aServer } from "../../../tests/servers";
import { decide } from "./decision";

const COURSE = aServer();
const OTHER = aServer({ environment: "thesis" });
const NAMED = aServer({ server_name: "second" });
const WANTED = { environment: "course", build: null, serverName: null };
const STARTING = { ready: false, pending: "spawn" } as const;
const STOPPING = { ready: false, pending: "stop" } as const;

test.each([
  ["nothing runs", null, [], { kind: "start", serverName: "" }],
  ["the named server does not run", "second", [COURSE], { kind: "start", serverName: "second" }],
  ["the environment runs", null, [COURSE], { kind: "open", server: COURSE }],
  ["it runs as a named server", null, [OTHER, NAMED], { kind: "open", server: NAMED }],
  ["it runs as both", null, [COURSE, NAMED], { kind: "open", server: COURSE }],
  ["it runs as the named server", "second", [COURSE, NAMED], { kind: "open", server: NAMED }],
  ["another runs", null, [OTHER], { kind: "ask", server: OTHER }],
  ["another runs as the default one", "", [OTHER, NAMED], { kind: "ask", server: OTHER }],
])("%s", (_, serverName, servers, decision) => {
  expect(decide({ ...WANTED, serverName }, servers)).toEqual(decision);
});

test.each([
  ["it starts", { ...COURSE, ...STARTING }, "join"],
  ["it stops", { ...COURSE, ...STOPPING }, "wait"],
  ["another one stops", { ...OTHER, ...STOPPING }, "wait"],
  ["another one starts", { ...OTHER, ...STARTING }, "ask"],
  ["it does not answer yet", { ...COURSE, ready: false }, "wait"],
  ["something without an environment runs", { ...COURSE, environment: null }, "ask"],
])("when %s: %j", (_, server, kind) => {
  expect(decide(WANTED, [server])).toEqual({ kind, server });
});

test("a server that is ready is preferred to one that starts", () => {
  const starting = { ...COURSE, ...STARTING };
  expect(decide(WANTED, [starting, NAMED])).toEqual({ kind: "open", server: NAMED });
});

test("a named server that stops does not keep the default one from starting", () => {
  const servers = [{ ...NAMED, ...STOPPING }];
  expect(decide(WANTED, servers)).toEqual({ kind: "start", serverName: "" });
});

const TEST = aServer({ build: 12, chosen_build: 12, is_test: true });

test.each([
  ["as the default one", null, [TEST], { kind: "ask", server: TEST }],
  ["beside a server of it", null, [TEST, NAMED], { kind: "open", server: NAMED }],
  ["as a named one", null, [{ ...TEST, server_name: "test" }], { kind: "start", serverName: "" }],
  ["where its build is asked for", 12, [TEST], { kind: "open", server: TEST }],
])("where a build is tried %s", (_, build, servers, decision) => {
  expect(decide({ ...WANTED, build }, servers)).toEqual(decision);
});

test.each([
  ["it is what runs", COURSE, { kind: "open", server: COURSE }],
  ["the named server runs it", NAMED, { kind: "open", server: NAMED }],
  [
    "another build runs as the default one",
    { ...COURSE, build: 6 },
    { kind: "ask", server: { ...COURSE, build: 6 } },
  ],
  ["another build runs as a named one", { ...NAMED, build: 6 }, { kind: "start", serverName: "" }],
  [
    "nobody knows what runs",
    { ...COURSE, build: null },
    { kind: "ask", server: { ...COURSE, build: null } },
  ],
  [
    "it is not known yet what starts",
    { ...COURSE, ...STARTING, build: null },
    { kind: "join", server: { ...COURSE, ...STARTING, build: null } },
  ],
])("where build 7 is wanted and %s", (_, server, decision) => {
  expect(decide({ ...WANTED, build: 7 }, [server])).toEqual(decision);
});
