import { t } from "../i18n";
import { Field } from "./field";
import { type Memory, MEMORY_UNITS, type MemoryUnit } from "./sizes";

interface MemoryFieldProps {
  value: Memory;
  onChange: (value: Memory) => void;
  hint?: string;
  error?: string | undefined;
}

/** An amount of memory with its unit. */
export function MemoryField({ value, onChange, hint, error }: MemoryFieldProps) {
  return (
    <Field label={t.size.memory} hint={hint} error={error}>
      {(control) => (
        <div className="input-group">
          <input
            {...control}
            className={`form-control ${error ? "is-invalid" : ""}`}
            inputMode="decimal"
            autoComplete="off"
            value={value.amount}
            onChange={(event) => onChange({ ...value, amount: event.target.value })}
          />
          <select
            className="form-select flex-grow-0 w-auto"
            aria-label={t.size.unit}
            value={value.unit}
            onChange={(event) => onChange({ ...value, unit: event.target.value as MemoryUnit })}
          >
            {Object.keys(MEMORY_UNITS).map((unit) => (
              <option key={unit}>{unit}</option>
            ))}
          </select>
        </div>
      )}
    </Field>
  );
}
