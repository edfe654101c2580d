import { useId } from "react";

import { t } from "../../../i18n";
import { Field } from "../../../ui/field";
import { errorAt } from "./field-errors";
import { MEMORY_UNITS, type MemoryUnit } from "./sizes";
import { TextField } from "./text-field";
import type { FormPart } from "./use-form";

/** Memory and CPU that servers get at most. */
export function LimitFields({ values: { mem_limit, cpu_limit }, errors, edit }: FormPart) {
  const id = useId();
  const texts = t.environments.form.machines;
  const error = errorAt(errors, "mem_limit");
  return (
    <fieldset aria-describedby={`${id}-hint`}>
      <legend className="fs-6 mb-1">{texts.limits}</legend>
      <div className="form-text mt-0 mb-2" id={`${id}-hint`}>
        {texts.limitHint}
      </div>
      <div className="row">
        <div className="col-sm-6">
          <Field label={texts.memory} error={error}>
            {(control) => (
              <div className="input-group">
                <input
                  {...control}
                  className={`form-control ${error ? "is-invalid" : ""}`}
                  inputMode="decimal"
                  autoComplete="off"
                  value={mem_limit.amount}
                  onChange={(event) =>
                    edit({ mem_limit: { ...mem_limit, amount: event.target.value } })
                  }
                />
                <select
                  className="form-select flex-grow-0 w-auto"
                  aria-label={texts.unit}
                  value={mem_limit.unit}
                  onChange={(event) =>
                    edit({ mem_limit: { ...mem_limit, unit: event.target.value as MemoryUnit } })
                  }
                >
                  {Object.keys(MEMORY_UNITS).map((unit) => (
                    <option key={unit}>{unit}</option>
                  ))}
                </select>
              </div>
            )}
          </Field>
        </div>
        <div className="col-sm-6">
          <TextField
            label={texts.cores}
            error={errorAt(errors, "cpu_limit")}
            inputMode="decimal"
            value={cpu_limit}
            onChange={(entered) => edit({ cpu_limit: entered })}
          />
        </div>
      </div>
    </fieldset>
  );
}
