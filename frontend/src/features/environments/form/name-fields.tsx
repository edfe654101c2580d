import { t } from "../../../i18n";
import { Field } from "../../../ui/field";
import { errorAt } from "./field-errors";
import { TextField } from "./text-field";
import type { FormPart } from "./use-form";

/** What people call the environment; its short name is for ever. */
export function NameFields({ values, errors, edit, isNew }: FormPart & { isNew: boolean }) {
  const texts = t.environments.form;
  const error = errorAt(errors, "description");
  return (
    <>
      <TextField
        label={texts.displayName.label}
        hint={texts.displayName.hint}
        error={errorAt(errors, "display_name")}
        isProse
        maxLength={100}
        value={values.display_name}
        onChange={(display_name) => edit({ display_name })}
      />
      <TextField
        label={texts.name.label}
        hint={isNew ? texts.name.hint : texts.name.fixed}
        error={errorAt(errors, "name")}
        required
        readOnly={!isNew}
        maxLength={63}
        value={values.name}
        onChange={(name) => edit({ name })}
      />
      <Field label={texts.description.label} hint={texts.description.hint} error={error}>
        {(control) => (
          <textarea
            {...control}
            className={`form-control ${error ? "is-invalid" : ""}`}
            rows={3}
            maxLength={2000}
            value={values.description}
            onChange={(event) => edit({ description: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}
