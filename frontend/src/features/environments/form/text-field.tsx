import type { ComponentProps, ReactNode } from "react";

import { Field } from "../../../ui/field";

interface TextFieldProps extends Omit<ComponentProps<"input">, "onChange" | "value"> {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: ReactNode;
  error?: string | undefined;
  /** For people's language; all else is left as it is typed. */
  isProse?: boolean;
}

/** A line of text with its label, its hint and its error. */
export function TextField({
  label,
  hint,
  error,
  isProse = false,
  onChange,
  ...rest
}: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <input
          {...control}
          className={`form-control ${error ? "is-invalid" : ""}`}
          autoComplete="off"
          {...(!isProse && VERBATIM)}
          {...rest}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

/** For what is no prose: nothing is corrected. */
export const VERBATIM = { autoCapitalize: "none", autoCorrect: "off", spellCheck: false } as const;
