import { Field } from "../../../ui/field";

interface SelectFieldProps<T extends string> {
  label: string;
  error: string | undefined;
  options: readonly T[];
  texts: Record<T, string>;
  value: T;
  onChange: (value: T) => void;
}

/** One of a few, where the usual one is nearly always right. */
export function SelectField<T extends string>(props: SelectFieldProps<T>) {
  const { label, error, options, texts, value, onChange } = props;
  return (
    <Field label={label} error={error}>
      {(control) => (
        <select
          {...control}
          className={`form-select ${error ? "is-invalid" : ""}`}
          value={value}
          onChange={(event) => onChange(event.target.value as T)}
        >
          {options.map((option) => (
            <option key={option} value={option}>
              {texts[option]}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
