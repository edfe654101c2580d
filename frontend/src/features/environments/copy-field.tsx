import { CopyButton } from "../../ui/copy";
import { Field } from "../../ui/field";

interface CopyFieldProps {
  label: string;
  text: string;
  /** What the button is called. */
  copyLabel: string;
}

/** A text to take elsewhere. */
export function CopyField({ label, text, copyLabel }: CopyFieldProps) {
  return (
    <Field label={label}>
      {(control) => (
        <div className="input-group">
          <input
            {...control}
            className="form-control font-monospace small"
            readOnly
            value={text}
            onFocus={(event) => event.target.select()}
          />
          <CopyButton className="btn btn-outline-secondary" text={text} label={copyLabel} />
        </div>
      )}
    </Field>
  );
}
