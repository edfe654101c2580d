import type { Builder, Environment, Publish, Schedule } from "../../../api/schema";
import { splitLogin } from "./login-address";
import { proposeLabel, proposeName, repositoryOfImage } from "./proposals";
import { readPageAddress, refOfPath } from "./page-address";
import { type Memory, memoryOf } from "../../../ui/sizes";

/** A name and a value; `id` tells rows apart while they are edited. */
export interface Row {
  id: number;
  name: string;
  value: string;
}

/** What opens a private repository, as it is entered; `keep` leaves what is stored as it is. */
export interface Login {
  kind: "none" | "keep" | "login" | "key";
  username: string;
  password: string;
  ssh_key: string;
  remember: boolean;
}

/** An environment as it is entered; the keys are the API's, as are the fields that it finds wrong. */
export interface Values {
  source: "repository" | "image";
  image: string;
  repo_url: string;
  ref: string;
  name: string;
  display_name: string;
  description: string;
  visibility: { everyone: boolean; users: string; groups: string };
  profiles: { all: boolean; labels: readonly string[] };
  mem_limit: Memory;
  cpu_limit: string;
  builder: Builder;
  build_args: readonly Row[];
  default_url: string;
  environment_variables: readonly Row[];
  schedule: Schedule;
  publish: Publish;
  credentials: Login;
}

/** The same before all is decided: null where something is proposed. */
export interface Draft extends Omit<Values, "name" | "display_name"> {
  name: string | null;
  display_name: string | null;
  /** Where a page's address was given: what begins with a ref, which replaces `ref`. */
  refPath: string | null;
}

const NO_LOGIN: Login = {
  kind: "none",
  username: "",
  password: "",
  ssh_key: "",
  remember: false,
};

/** What a new environment begins with, perhaps of a link's repository and ref. */
export function newDraft(given: { repoUrl: string; ref: string }): Draft {
  const login = splitLogin(given.repoUrl, false);
  return {
    source: "repository",
    image: "",
    ref: "",
    refPath: null,
    name: null,
    display_name: null,
    description: "",
    visibility: { everyone: true, users: "", groups: "" },
    profiles: { all: true, labels: [] },
    mem_limit: memoryOf(null),
    cpu_limit: "",
    builder: "auto",
    build_args: [],
    default_url: "",
    environment_variables: [],
    schedule: "never",
    publish: "auto",
    credentials: login
      ? { ...NO_LOGIN, kind: "login", username: login.username, password: login.password }
      : NO_LOGIN,
    ...readAddress(login?.address ?? given.repoUrl),
    ...(given.ref && { ref: given.ref === "HEAD" ? "" : given.ref, refPath: null }),
  };
}

/** What editing an environment begins with. */
export function draftOf(environment: Environment): Draft {
  const { visibility, profiles, has_credentials: hasCredentials } = environment;
  return {
    source: environment.image ? "image" : "repository",
    image: environment.image ?? "",
    repo_url: environment.repo_url,
    ref: environment.ref === "HEAD" ? "" : environment.ref,
    refPath: null,
    name: environment.name,
    display_name: environment.display_name,
    description: environment.description,
    visibility: {
      everyone: visibility.everyone ?? false,
      users: (visibility.users ?? []).join(", "),
      groups: (visibility.groups ?? []).join(", "),
    },
    profiles: { all: profiles === null, labels: profiles ?? [] },
    mem_limit: memoryOf(environment.mem_limit),
    cpu_limit: environment.cpu_limit === null ? "" : String(environment.cpu_limit),
    builder: environment.builder,
    build_args: rowsOf(environment.build_args),
    default_url: environment.default_url ?? "",
    environment_variables: rowsOf(environment.environment_variables),
    schedule: environment.schedule,
    publish: environment.publish ?? "auto",
    credentials: hasCredentials ? { ...NO_LOGIN, kind: "keep", remember: true } : NO_LOGIN,
  };
}

/** What the draft means now, with what is proposed where nothing else is entered. */
export function valuesOf(draft: Draft, knownRefs: readonly string[]): Values {
  const {
    refPath,
    name,
    display_name: label,
    ...rest
  } = { ...draft, ...readAddress(draft.repo_url) };
  const named = rest.source === "image" ? repositoryOfImage(rest.image) : rest.repo_url;
  return {
    ...rest,
    ref: refPath === null ? rest.ref : refOfPath(refPath, knownRefs),
    name: name ?? proposeName(named),
    display_name: label ?? proposeLabel(named),
  };
}

/** What an address means: a page's says of itself what is built. */
export function readAddress(text: string): Partial<Draft> & { repo_url: string } {
  const { repoUrl, refPath } = readPageAddress(text);
  return refPath === null ? { repo_url: repoUrl } : { repo_url: repoUrl, ref: "", refPath };
}

function rowsOf(values: Record<string, string>): Row[] {
  return Object.entries(values).map(([name, value], id) => ({ id, name, value }));
}
