import type { FieldError } from "../../../api/errors";
import { t } from "../../../i18n";
import { isEmpty } from "./request";
import { bytesOf, coresOf } from "../../../ui/sizes";
import type { Login, Row, Values } from "./values";

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What is wrong before anything is sent; in the order of the fields, under the API's names. */
export function check(values: Values): FieldError[] {
  const { errors } = t.environments.form;
  const { credentials } = values;
  const isImage = values.source === "image";
  const found: [field: string, problem: string | false][] = [
    ["image", isImage && values.image.trim() === "" && errors.image],
    ["repo_url", !isImage && values.repo_url.trim() === "" && errors.repository],
    ["name", checkName(values.name)],
    ["profiles", !values.profiles.all && values.profiles.labels.length === 0 && errors.profiles],
    ["mem_limit", bytesOf(values.mem_limit) === undefined && errors.memory],
    ["cpu_limit", coresOf(values.cpu_limit) === undefined && errors.cores],
    ...(isImage ? [] : checkCredentials(credentials)),
    ...(isImage ? [] : checkRows("build_args", values.build_args)),
    ...checkRows("environment_variables", values.environment_variables),
  ];
  return found.flatMap(([field, message]) => (message ? [{ field, message }] : []));
}

/** What is wrong with a short name, but for that it may be taken. */
export function checkName(name: string): string | false {
  const { errors } = t.environments.form;
  if (name.trim() === "") return errors.name;
  return !NAME.test(name.trim()) && errors.nameInvalid;
}

function checkCredentials({ kind, username, ssh_key }: Login): [string, string | false][] {
  const { errors } = t.environments.form;
  return [
    ["credentials.username", kind === "login" && !username.trim() && errors.username],
    ["credentials.ssh_key", kind === "key" && !ssh_key.trim() && errors.sshKey],
  ];
}

/** Each row has a name of its own; a wrong one is named by its place. */
function checkRows(field: string, rows: readonly Row[]): [string, string | false][] {
  const { errors } = t.environments.form;
  const names = rows.map((row) => row.name.trim());
  return rows.map((row, index) => {
    const name = names[index] ?? "";
    const isTwice = names.indexOf(name) < index;
    return [
      rowField(field, row),
      !isEmpty(row) && (VARIABLE.test(name) ? isTwice && errors.rowTwice : errors.rowName),
    ];
  });
}

/** Where an error of this very row is, also where its name is one that others have. */
export function rowField(field: string, row: Row): string {
  return `${field}.#${row.id}`;
}
