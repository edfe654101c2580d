import { useId } from "react";

import type { Size } from "../../api/schema";
import { t } from "../../i18n";
import { formatBytes } from "../../i18n/format";
import { Field } from "../../ui/field";
import { MemoryField } from "../../ui/memory-field";
import { type EnteredSize, NO_SIZE, type SizeProblems } from "./own-size";

interface OwnSizeFieldsProps {
  /** The operator's bound. */
  largest: Size;
  /** Null while a profile is wanted. */
  value: EnteredSize | null;
  onChange: (value: EnteredSize | null) => void;
  problems: SizeProblems;
}

/** A size of one's own in place of a machine profile. */
export function OwnSizeFields({ largest, value, onChange, problems }: OwnSizeFieldsProps) {
  const id = useId();
  const words = t.servers.ownSize;
  return (
    <div className="mb-3">
      <div className="form-check">
        <input
          type="checkbox"
          className="form-check-input"
          id={id}
          checked={value !== null}
          onChange={(event) => onChange(event.target.checked ? NO_SIZE : null)}
        />
        <label className="form-check-label" htmlFor={id}>
          {words.choose}
        </label>
      </div>
      {value && (
        <div className="row mt-2">
          <div className="col-sm-6">
            <MemoryField
              value={value.memory}
              hint={words.most(formatBytes(largest.mem_limit))}
              error={problems.memory}
              onChange={(memory) => onChange({ ...value, memory })}
            />
          </div>
          <div className="col-sm-6">
            <Field
              label={t.size.cpu}
              hint={words.most(t.size.cores(largest.cpu_limit ?? 0))}
              error={problems.cores}
            >
              {(control) => (
                <input
                  {...control}
                  className={`form-control ${problems.cores ? "is-invalid" : ""}`}
                  inputMode="decimal"
                  autoComplete="off"
                  value={value.cores}
                  onChange={(event) => onChange({ ...value, cores: event.target.value })}
                />
              )}
            </Field>
          </div>
        </div>
      )}
    </div>
  );
}
