import type { Builder, Publish, Schedule } from "../../../api/schema";
import { t } from "../../../i18n";
import { CredentialsFields, type CredentialsFieldsProps } from "./credentials-fields";
import { errorAt } from "./field-errors";
import { RowFields } from "./row-fields";
import { SelectField } from "./select-field";
import { TextField } from "./text-field";
import type { Values } from "./values";

const BUILDERS: readonly Builder[] = ["auto", "repo2docker"];
const PUBLISHING: readonly Publish[] = ["auto", "manual"];
const SCHEDULES: readonly Schedule[] = ["never", "daily", "hourly"];

/** Fields that few environments need. */
export const MORE_FIELDS: readonly string[] = [
  "credentials",
  "builder",
  "build_args",
  "default_url",
  "environment_variables",
  "schedule",
  "publish",
] satisfies (keyof Values)[];

/** Whether one of these fields says something. */
export function saysMore(values: Values): boolean {
  return (
    values.credentials.kind !== "none" ||
    values.builder !== "auto" ||
    values.build_args.length > 0 ||
    values.default_url !== "" ||
    values.environment_variables.length > 0 ||
    values.schedule !== "never" ||
    values.publish !== "auto"
  );
}

export function MoreFields(props: CredentialsFieldsProps) {
  const { values, errors, edit } = props;
  const texts = t.environments.form;
  const isImage = values.source === "image";
  return (
    <>
      {!isImage && <BuildFields {...props} />}
      <SelectField
        label={texts.publish.label}
        error={errorAt(errors, "publish")}
        options={PUBLISHING}
        texts={texts.publish}
        value={values.publish}
        onChange={(publish) => edit({ publish })}
      />
      <TextField
        label={texts.defaultUrl.label}
        hint={texts.defaultUrl.hint}
        error={errorAt(errors, "default_url")}
        maxLength={500}
        value={values.default_url}
        onChange={(default_url) => edit({ default_url })}
      />
      <RowFields
        texts={texts.variables}
        field="environment_variables"
        rows={values.environment_variables}
        errors={errors}
        onChange={(environment_variables) => edit({ environment_variables })}
      />
      {!isImage && (
        <SelectField
          label={texts.schedule.label}
          error={errorAt(errors, "schedule")}
          options={SCHEDULES}
          texts={texts.schedule}
          value={values.schedule}
          onChange={(schedule) => edit({ schedule })}
        />
      )}
    </>
  );
}

/** How a repository is fetched and built. */
function BuildFields(props: CredentialsFieldsProps) {
  const { values, errors, edit } = props;
  const texts = t.environments.form;
  return (
    <>
      <CredentialsFields {...props} />
      <SelectField
        label={texts.builder.label}
        error={errorAt(errors, "builder")}
        options={BUILDERS}
        texts={texts.builder}
        value={values.builder}
        onChange={(builder) => edit({ builder })}
      />
      <RowFields
        texts={texts.buildArgs}
        field="build_args"
        rows={values.build_args}
        errors={errors}
        onChange={(build_args) => edit({ build_args })}
      />
    </>
  );
}
