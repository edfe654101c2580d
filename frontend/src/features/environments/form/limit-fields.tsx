import { useId } from "react";

import { t } from "../../../i18n";
import { MemoryField } from "../../../ui/memory-field";
import { errorAt } from "./field-errors";
import { TextField } from "./text-field";
import type { FormPart } from "./use-form";

/** Memory and CPU that servers get at most. */
export function LimitFields({ values: { mem_limit, cpu_limit }, errors, edit }: FormPart) {
  const id = useId();
  const texts = t.environments.form.machines;
  return (
    <fieldset aria-describedby={`${id}-hint`}>
      <legend className="fs-6 mb-1">{texts.limits}</legend>
      <div className="form-text mt-0 mb-2" id={`${id}-hint`}>
        {texts.limitHint}
      </div>
      <div className="row">
        <div className="col-sm-6">
          <MemoryField
            value={mem_limit}
            error={errorAt(errors, "mem_limit")}
            onChange={(memory) => edit({ mem_limit: memory })}
          />
        </div>
        <div className="col-sm-6">
          <TextField
            label={t.size.cpu}
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
