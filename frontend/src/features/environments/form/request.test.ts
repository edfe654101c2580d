import { expect, test } from "vitest";

import type { Environment } from "../../../api/schema";
import { check } from "./check";
import { changeOf, needsRebuild, requestOf } from "./request";
import { draftOf, newDraft, type Values, valuesOf } from "./values";

const WAVES: Environment = {
  name: "waves",
  display_name: "Waves",
  description: "For the course",
  repo_url: "https://github.com/ada/waves",
  ref: "main",
  owner: "ada",
  created_at: "2026-01-01T00:00:00.000Z",
  visibility: { everyone: false, users: ["grace", "linus"], groups: ["physics"] },
  mem_limit: 1.5 * 2 ** 30,
  cpu_limit: 0.5,
  profiles: ["Small"],
  builder: "auto",
  build_args: { PYTHON: "3.12" },
  default_url: "/rstudio",
  environment_variables: { LANG: "C" },
  has_credentials: true,
  schedule: "daily",
  publish: "manual",
  checked_at: null,
  check_error: null,
  status: "ready",
  current_build: null,
  last_build: null,
  waiting_build: null,
};

const before = valuesOf(draftOf(WAVES), []);
const added = (part: Partial<Values> = {}): Values => ({
  ...valuesOf(newDraft({ repoUrl: "https://github.com/ada/waves", ref: "" }), []),
  ...part,
});

test("only a repository is needed for a request", () => {
  expect(requestOf(added())).toEqual({
    name: "waves",
    display_name: "Waves",
    repo_url: "https://github.com/ada/waves",
    ref: "HEAD",
    description: "",
    visibility: { everyone: true },
    mem_limit: null,
    cpu_limit: null,
    profiles: null,
    builder: "auto",
    build_args: {},
    default_url: null,
    environment_variables: {},
    schedule: "never",
    publish: "auto",
  });
});

const IMAGE = "quay.io:443/jupyter/scipy-notebook:2025@sha256:0a1b";

test("an image is sent without anything of a repository", () => {
  const credentials = { ...before.credentials, kind: "key", ssh_key: "KEY" } as const;
  const draft = { ...newDraft({ repoUrl: "https://host/r", ref: "x" }), credentials };
  const values = valuesOf({ ...draft, source: "image", image: ` ${IMAGE} ` }, []);
  expect(requestOf(values)).toEqual({
    name: "scipy-notebook",
    display_name: "Scipy notebook",
    image: IMAGE,
    description: "",
    visibility: { everyone: true },
    mem_limit: null,
    cpu_limit: null,
    profiles: null,
    default_url: null,
    environment_variables: {},
    publish: "auto",
  });
});

test("an environment that is an image stays one, and gets another one by a rebuild", () => {
  const old = valuesOf(draftOf({ ...WAVES, image: IMAGE, repo_url: "", ref: "2025" }), []);
  const change = changeOf(old, { ...old, image: "quay.io/jupyter/scipy-notebook:2026" });
  expect(change).toEqual({ image: "quay.io/jupyter/scipy-notebook:2026" });
  expect(needsRebuild(change)).toBe(true);
});

test.each<[string, Partial<Values>, object]>([
  ["the name stands for a title that is empty", { display_name: " " }, { display_name: "waves" }],
  [
    "names are told apart by commas, and count once",
    { visibility: { everyone: false, users: "grace, linus,,grace", groups: " a b ;c\nd" } },
    { visibility: { users: ["grace", "linus"], groups: ["a b", "c", "d"] } },
  ],
  [
    "names that were entered before everybody was chosen are left out",
    { visibility: { everyone: true, users: "grace", groups: "" } },
    { visibility: { everyone: true } },
  ],
  [
    "machines that were chosen before all were are left out",
    { profiles: { all: true, labels: ["Small"] } },
    { profiles: null },
  ],
  ["sizes are bytes", { mem_limit: { amount: "512", unit: "MiB" } }, { mem_limit: 512 * 2 ** 20 }],
  ["cores may be parts of one", { cpu_limit: "0,5" }, { cpu_limit: 0.5 }],
  [
    "rows are an object, without the empty ones",
    {
      build_args: [
        { id: 0, name: " A ", value: " 1" },
        { id: 1, name: "", value: "" },
      ],
    },
    { build_args: { A: " 1" } },
  ],
  ["a path is where servers open", { default_url: " /lab " }, { default_url: "/lab" }],
])("in a request %s", (_, entered, sent) => {
  expect(requestOf(added(entered))).toMatchObject(sent);
});

test("of credentials only the chosen kind is sent", () => {
  const all = { username: " ada ", password: "secret", ssh_key: "KEY", remember: true };
  const sent = (kind: "none" | "login" | "key") =>
    requestOf(added({ credentials: { kind, ...all } })).credentials;
  expect(sent("none")).toBeUndefined();
  expect(sent("login")).toEqual({ username: "ada", password: "secret", remember: true });
  expect(sent("key")).toEqual({ ssh_key: "KEY", remember: true });
});

test("what is shown for editing is what there is", () => {
  expect(changeOf(before, before)).toEqual({});
  expect(requestOf(before)).toMatchObject({
    visibility: { users: ["grace", "linus"], groups: ["physics"] },
    mem_limit: WAVES.mem_limit,
    cpu_limit: 0.5,
    profiles: ["Small"],
    build_args: { PYTHON: "3.12" },
    default_url: "/rstudio",
    environment_variables: { LANG: "C" },
    schedule: "daily",
    publish: "manual",
  });
});

test.each<[Partial<Values>, object, boolean]>([
  [{ description: "Else" }, { description: "Else" }, false],
  [{ description: " For the course\n" }, {}, false],
  [{ display_name: "" }, { display_name: "waves" }, false],
  [{ ref: "" }, { ref: "HEAD" }, true],
  [{ repo_url: "https://host/x" }, { repo_url: "https://host/x" }, true],
  [{ builder: "repo2docker" }, { builder: "repo2docker" }, true],
  [{ build_args: [] }, { build_args: {} }, true],
  [{ environment_variables: [] }, { environment_variables: {} }, false],
  [{ mem_limit: { amount: "", unit: "GiB" } }, { mem_limit: null }, false],
  [{ mem_limit: { amount: "1536", unit: "MiB" } }, {}, false],
  [{ profiles: { all: true, labels: ["Small"] } }, { profiles: null }, false],
  [{ default_url: "" }, { default_url: null }, false],
  [{ publish: "auto" }, { publish: "auto" }, false],
  [
    { visibility: { everyone: true, users: "grace", groups: "" } },
    { visibility: { everyone: true } },
    false,
  ],
  [{ credentials: { ...before.credentials, kind: "none" } }, { credentials: null }, false],
  [
    { credentials: { ...before.credentials, kind: "key", ssh_key: "KEY" } },
    { credentials: { ssh_key: "KEY", remember: true } },
    true,
  ],
])("of the edit %j %j is sent", (edit, sent, isForBuild) => {
  const change = changeOf(before, { ...before, ...edit });
  expect(change).toEqual(sent);
  expect(needsRebuild(change)).toBe(isForBuild);
});

test("nothing is forgotten where nothing is stored", () => {
  const values = valuesOf(draftOf({ ...WAVES, has_credentials: false }), []);
  expect(values.credentials.kind).toBe("none");
  expect(changeOf(values, values)).toEqual({});
});

test("a link's repository may be a page's, and its ref goes before the page's", () => {
  const repoUrl = "https://github.com/ada/waves/tree/dev";
  expect(valuesOf(newDraft({ repoUrl, ref: "" }), []).ref).toBe("dev");
  expect(valuesOf(newDraft({ repoUrl, ref: "v1" }), []).ref).toBe("v1");
  expect(valuesOf(newDraft({ repoUrl, ref: "HEAD" }), []).ref).toBe("");
});

test("a link's login is never part of the address", () => {
  const { repo_url, credentials } = newDraft({ repoUrl: "https://ada:secret@host/waves", ref: "" });
  expect(repo_url).toBe("https://host/waves");
  expect(credentials).toMatchObject({ kind: "login", username: "ada", password: "secret" });
});

test("an address that is still being typed means what it would mean as it is", () => {
  const draft = {
    ...newDraft({ repoUrl: "", ref: "" }),
    repo_url: "github.com/ada/waves/tree/a/b",
  };
  expect(valuesOf(draft, ["a/b"])).toMatchObject({
    repo_url: "https://github.com/ada/waves",
    ref: "a/b",
    name: "waves",
  });
});

test.each<[Partial<Values>, string[]]>([
  [{}, []],
  [{ repo_url: " " }, ["repo_url"]],
  [{ repo_url: "", source: "image", image: "debian" }, []],
  [{ source: "image", image: " " }, ["image"]],
  [{ name: "" }, ["name"]],
  [{ name: "Waves" }, ["name"]],
  [{ name: "-waves" }, ["name"]],
  [{ name: "waves-" }, ["name"]],
  [{ name: "a".repeat(64) }, ["name"]],
  [{ name: "a" }, []],
  [{ profiles: { all: false, labels: [] } }, ["profiles"]],
  [{ mem_limit: { amount: "much", unit: "GiB" } }, ["mem_limit"]],
  [{ cpu_limit: "0" }, ["cpu_limit"]],
  [{ credentials: { ...before.credentials, kind: "login" } }, ["credentials.username"]],
  [{ credentials: { ...before.credentials, kind: "key" } }, ["credentials.ssh_key"]],
  [{ build_args: [{ id: 3, name: "1A", value: "" }] }, ["build_args.#3"]],
  [{ build_args: [{ id: 3, name: "", value: "x" }] }, ["build_args.#3"]],
  [{ build_args: [{ id: 3, name: "", value: "" }] }, []],
  [
    {
      environment_variables: [
        { id: 0, name: "A", value: "1" },
        { id: 1, name: "A ", value: "2" },
      ],
    },
    ["environment_variables.#1"],
  ],
])("of %j what is wrong is %j", (entered, fields) => {
  expect(check(added(entered)).map(({ field }) => field)).toEqual(fields);
});
