import { useId, useRef } from "react";
import { flushSync } from "react-dom";

import type { FieldError } from "../../../api/errors";
import { t } from "../../../i18n";
import { rowField } from "./check";
import { errorAt } from "./field-errors";
import { VERBATIM } from "./text-field";
import type { Row } from "./values";

interface RowFieldsProps {
  texts: {
    legend: string;
    hint: string;
    add: string;
    name: (row: number) => string;
    value: (row: number) => string;
    remove: (name: string) => string;
  };
  /** The API's name of the field. */
  field: string;
  rows: readonly Row[];
  errors: readonly FieldError[];
  onChange: (rows: Row[]) => void;
}

/** Names, and a value for each. */
export function RowFields({ texts, field, rows, errors, onChange }: RowFieldsProps) {
  const id = useId();
  const root = useRef<HTMLFieldSetElement>(null);
  const error = errors.find((each) => each.field === field)?.message;

  function add() {
    const next = Math.max(-1, ...rows.map((row) => row.id)) + 1;
    flushSync(() => onChange([...rows, { id: next, name: "", value: "" }]));
    root.current?.querySelector<HTMLInputElement>("li:last-child input")?.focus();
  }

  function remove(row: Row) {
    onChange(rows.filter((each) => each !== row));
    root.current?.querySelector<HTMLButtonElement>(":scope > button")?.focus();
  }

  return (
    <fieldset className="mb-3" ref={root} aria-describedby={`${id}-hint`}>
      <legend className="fs-6 mb-1">{texts.legend}</legend>
      <div className="form-text mt-0 mb-2" id={`${id}-hint`}>
        {texts.hint}
      </div>
      <ul className="list-unstyled mb-0">
        {rows.map((row, index) => (
          <RowField
            key={row.id}
            texts={texts}
            row={row}
            place={index + 1}
            error={errorOf(errors, field, row) ?? (index === 0 ? error : undefined)}
            onChange={(changed) => onChange(rows.map((each) => (each === row ? changed : each)))}
            onRemove={() => remove(row)}
          />
        ))}
      </ul>
      <button type="button" className="btn btn-sm btn-outline-secondary" onClick={add}>
        {texts.add}
      </button>
    </fieldset>
  );
}

/** What is wrong with a row, as we or the service has found. */
function errorOf(errors: readonly FieldError[], field: string, row: Row): string | undefined {
  return errorAt(errors, rowField(field, row)) ?? errorAt(errors, `${field}.${row.name.trim()}`);
}

interface RowFieldProps {
  texts: RowFieldsProps["texts"];
  row: Row;
  place: number;
  error: string | undefined;
  onChange: (row: Row) => void;
  onRemove: () => void;
}

function RowField({ texts, row, place, error, onChange, onRemove }: RowFieldProps) {
  const id = useId();
  const invalid = {
    className: `form-control ${error ? "is-invalid" : ""}`,
    "aria-invalid": error ? (true as const) : undefined,
    "aria-describedby": error && `${id}-error`,
    autoComplete: "off",
    ...VERBATIM,
  };
  return (
    <li className="mb-2">
      <div className="d-flex flex-wrap flex-sm-nowrap gap-2">
        <input
          {...invalid}
          aria-label={texts.name(place)}
          placeholder={t.environments.form.rows.name}
          maxLength={100}
          value={row.name}
          onChange={(event) => onChange({ ...row, name: event.target.value })}
        />
        <input
          {...invalid}
          aria-label={texts.value(place)}
          placeholder={t.environments.form.rows.value}
          maxLength={2000}
          value={row.value}
          onChange={(event) => onChange({ ...row, value: event.target.value })}
        />
        <button
          type="button"
          className="btn btn-outline-secondary"
          aria-label={texts.remove(row.name.trim() || String(place))}
          onClick={onRemove}
        >
          {t.environments.form.rows.remove}
        </button>
      </div>
      {error && (
        <div className="invalid-feedback d-block" id={`${id}-error`}>
          {error}
        </div>
      )}
    </li>
  );
}
