import { useId } from "react";

import type { FieldError } from "../../../api/errors";
import { t } from "../../../i18n";
import { Choices } from "./choices";
import { errorAt } from "./field-errors";
import { namesIn } from "./name-list";
import { TextField } from "./text-field";
import type { FormPart } from "./use-form";

/** Who may see and launch the environment. */
export function VisibilityFields({ values: { visibility }, errors, edit }: FormPart) {
  const texts = t.environments.form.visibility;
  const change = (part: Partial<typeof visibility>) =>
    edit({ visibility: { ...visibility, ...part } });
  return (
    <Choices
      legend={texts.legend}
      value={visibility.everyone ? "everyone" : "some"}
      onChange={(value) => change({ everyone: value === "everyone" })}
      error={errors.find(({ field }) => field === "visibility")?.message}
      choices={[
        { value: "everyone", label: texts.everyone },
        {
          value: "some",
          label: texts.some,
          hint: texts.someHint,
          children: (
            <>
              <Names
                label={texts.groups}
                path="visibility.groups"
                errors={errors}
                typed={visibility.groups}
                onChange={(groups) => change({ groups })}
              />
              <Names
                label={texts.users}
                path="visibility.users"
                errors={errors}
                typed={visibility.users}
                onChange={(users) => change({ users })}
              />
            </>
          ),
        },
      ]}
    />
  );
}

interface NamesProps {
  label: string;
  path: string;
  errors: readonly FieldError[];
  typed: string;
  onChange: (typed: string) => void;
}

/** Names with commas between them, and how they are understood. */
function Names({ label, path, errors, typed, onChange }: NamesProps) {
  const id = useId();
  const { form } = t.environments;
  const names = namesIn(typed);
  // The name that is wrong, where it is not the list.
  const index = errors.findIndex(({ field }) => field.startsWith(`${path}.`));
  const wrong = names[Number(errors[index]?.field.slice(path.length + 1).split(".")[0])];
  const message = errorAt(errors, path);
  return (
    <>
      <TextField
        label={label}
        hint={form.visibility.hint}
        error={message && wrong ? form.errors.ofName(wrong, message) : message}
        value={typed}
        onChange={onChange}
      />
      {names.length > 0 && (
        <div className="d-flex flex-wrap gap-1 mb-3 small">
          <span id={id}>{form.visibility.read(names.length)}</span>
          <ul className="list-inline mb-0" aria-labelledby={id}>
            {names.map((name) => (
              <li className="list-inline-item badge text-bg-secondary text-wrap" key={name}>
                {name}
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
