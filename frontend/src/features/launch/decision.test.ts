import { expect, test } from "vitest";

import { aServer } from "../../../tests/servers";
import { decide } from "./decision";

const COURSE = aServer();
const OTHER = aServer({ environment: "thesis" });
const NAMED = aServer({ server_name: "second" });
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
  expect(decide("course", serverName, servers)).toEqual(decision);
});

test.each([
  ["it starts", { ...COURSE, ...STARTING }, "join"],
  ["it stops", { ...COURSE, ...STOPPING }, "wait"],
  ["another one stops", { ...OTHER, ...STOPPING }, "wait"],
  ["another one starts", { ...OTHER, ...STARTING }, "ask"],
  ["it does not answer yet", { ...COURSE, ready: false }, "wait"],
  ["something without an environment runs", { ...COURSE, environment: null }, "ask"],
])("when %s: %j", (_, server, kind) => {
  expect(decide("course", null, [server])).toEqual({ kind, server });
});

test("a server that is ready is preferred to one that starts", () => {
  const starting = { ...COURSE, ...STARTING };
  expect(decide("course", null, [starting, NAMED])).toEqual({ kind: "open", server: NAMED });
});

test("a named server that stops does not keep the default one from starting", () => {
  const servers = [{ ...NAMED, ...STOPPING }];
  expect(decide("course", null, servers)).toEqual({ kind: "start", serverName: "" });
});
