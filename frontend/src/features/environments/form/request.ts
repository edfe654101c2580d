import type { Credentials, EnvironmentChange, EnvironmentRequest } from "../../../api/schema";
import { namesIn } from "./name-list";
import { bytesOf, coresOf } from "../../../ui/sizes";
import type { Login, Row, Values } from "./values";

type Body = Omit<EnvironmentRequest, "name" | "credentials">;
/** What only an environment has that is made from a repository. */
type OfRepository = Pick<Body, "repo_url" | "ref" | "builder" | "build_args" | "schedule">;

/** What is sent to add an environment. */
export function requestOf(values: Values): EnvironmentRequest {
  const credentials = values.source === "image" ? null : credentialsOf(values.credentials);
  return { name: values.name.trim(), ...bodyOf(values), ...(credentials && { credentials }) };
}

/** What is sent to make an environment that was `before` what it is `now`; only what differs. */
export function changeOf(before: Values, now: Values): EnvironmentChange {
  const old = bodyOf(before);
  const changed = Object.entries(bodyOf(now)).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(old[field as keyof Body]),
  );
  const change: EnvironmentChange = Object.fromEntries(changed);
  const { kind } = now.credentials;
  if (kind === "none" && before.credentials.kind === "keep") change.credentials = null;
  const credentials = credentialsOf(now.credentials);
  return credentials ? { ...change, credentials } : change;
}

/** Whether a change has no effect on what users get until there is a new build. */
export function needsRebuild(change: EnvironmentChange): boolean {
  const { image, repo_url, ref, builder, build_args, credentials } = change;
  return Boolean(image ?? repo_url ?? ref ?? builder ?? build_args ?? credentials);
}

/** The credentials that are entered; null if there are none. */
export function credentialsOf(login: Login): Credentials | null {
  const { kind, username, password, ssh_key, remember } = login;
  if (kind === "login") return { username: username.trim(), password, remember };
  return kind === "key" ? { ssh_key, remember } : null;
}

/** All that can be changed later. */
function bodyOf(values: Values): Body {
  const { visibility, profiles } = values;
  return {
    ...(values.source === "image" ? { image: values.image.trim() } : ofRepository(values)),
    display_name: values.display_name.trim() || values.name.trim(),
    description: values.description.trim(),
    visibility: visibility.everyone
      ? { everyone: true }
      : { users: namesIn(visibility.users), groups: namesIn(visibility.groups) },
    mem_limit: bytesOf(values.mem_limit) ?? null,
    cpu_limit: coresOf(values.cpu_limit) ?? null,
    profiles: profiles.all ? null : [...profiles.labels],
    default_url: values.default_url.trim() || null,
    environment_variables: objectOf(values.environment_variables),
    publish: values.publish,
  };
}

function ofRepository(values: Values): OfRepository {
  return {
    repo_url: values.repo_url.trim(),
    ref: values.ref.trim() || "HEAD",
    builder: values.builder,
    build_args: objectOf(values.build_args),
    schedule: values.schedule,
  };
}

function objectOf(rows: readonly Row[]): Record<string, string> {
  return Object.fromEntries(
    rows.filter((row) => !isEmpty(row)).map(({ name, value }) => [name.trim(), value]),
  );
}

/** Whether nothing is entered in the row, so that it does not count. */
export function isEmpty({ name, value }: Row): boolean {
  return name.trim() === "" && value === "";
}
