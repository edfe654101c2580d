import { useId } from "react";

interface CheckBoxProps {
  label: string;
  hint: string;
  isChosen: boolean;
  onChange: (isChosen: boolean) => void;
}

/** Something that is so or not. */
export function CheckBox({ label, hint, isChosen, onChange }: CheckBoxProps) {
  const id = useId();
  return (
    <div className="form-check mb-3">
      <input
        type="checkbox"
        className="form-check-input"
        id={id}
        checked={isChosen}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange(event.target.checked)}
      />
      <label className="form-check-label" htmlFor={id}>
        {label}
      </label>
      <div className="form-text mt-0" id={`${id}-hint`}>
        {hint}
      </div>
    </div>
  );
}
