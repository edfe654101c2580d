import { type ReactNode, useId } from "react";

export interface Choice<T extends string> {
  value: T;
  label: string;
  hint?: string | undefined;
  /** What is entered when it is chosen. */
  children?: ReactNode;
}

interface ChoicesProps<T extends string> {
  legend: string;
  choices: readonly Choice<T>[];
  value: T;
  onChange: (value: T) => void;
  error?: string | undefined;
}

/** One of a few, all to be seen at once. */
export function Choices<T extends string>({
  legend,
  choices,
  value,
  onChange,
  error,
}: ChoicesProps<T>) {
  const id = useId();
  return (
    <fieldset className="mb-3">
      <legend className="fs-6 mb-1">{legend}</legend>
      {choices.map((choice) => {
        const isChosen = choice.value === value;
        const described = [choice.hint && `${id}-${choice.value}-hint`, error && `${id}-error`];
        return (
          <div className="form-check" key={choice.value}>
            <input
              type="radio"
              className={`form-check-input ${error ? "is-invalid" : ""}`}
              id={`${id}-${choice.value}`}
              name={id}
              checked={isChosen}
              aria-describedby={described.filter(Boolean).join(" ") || undefined}
              onChange={() => onChange(choice.value)}
            />
            <label className="form-check-label text-body" htmlFor={`${id}-${choice.value}`}>
              {choice.label}
            </label>
            {choice.hint && (
              <div className="form-text mt-0" id={`${id}-${choice.value}-hint`}>
                {choice.hint}
              </div>
            )}
            {isChosen && choice.children && <div className="mt-2">{choice.children}</div>}
          </div>
        );
      })}
      {error && (
        <div className="invalid-feedback d-block" id={`${id}-error`}>
          {error}
        </div>
      )}
    </fieldset>
  );
}
