import { useId, useState } from "react";

import { t } from "../../../i18n";
import type { MachineChoice } from "./machine-choices";

interface ProfileListProps {
  choices: readonly MachineChoice[];
  chosen: readonly string[];
  error: string | undefined;
  onChange: (chosen: string[]) => void;
}

/** Some of the machines, in the operator's order. */
export function ProfileList({ choices, chosen, error, onChange }: ProfileListProps) {
  const id = useId();
  // What is not on offer stays in the list when it is no longer chosen.
  const [seen, setSeen] = useState(choices);
  const shown = [
    ...choices,
    ...seen.filter(({ label }) => !choices.some((each) => each.label === label)),
  ];

  function toggle(label: string) {
    setSeen(shown);
    const labels = shown.map((each) => each.label);
    onChange(labels.filter((each) => chosen.includes(each) !== (each === label)));
  }

  return (
    <div role="group" aria-label={t.environments.form.machines.some}>
      {shown.map(({ label, about }, index) => (
        <div className="form-check" key={label}>
          <input
            type="checkbox"
            className={`form-check-input ${error ? "is-invalid" : ""}`}
            id={`${id}-${index}`}
            checked={chosen.includes(label)}
            aria-describedby={error ? `${id}-${index}-about ${id}-error` : `${id}-${index}-about`}
            aria-invalid={error ? true : undefined}
            onChange={() => toggle(label)}
          />
          <label className="form-check-label text-body" htmlFor={`${id}-${index}`}>
            {label}
          </label>{" "}
          <span className="text-body-secondary" id={`${id}-${index}-about`}>
            {about}
          </span>
        </div>
      ))}
      {error && (
        <div className="invalid-feedback d-block" id={`${id}-error`}>
          {error}
        </div>
      )}
    </div>
  );
}
