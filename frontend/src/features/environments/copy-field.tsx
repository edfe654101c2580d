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

/** Characters of a command in one line, about. */
const WIDTH = 34;

/** A command, which one wants to read before it is run: all of it is seen. */
export function CommandField({ label, text, copyLabel }: CopyFieldProps) {
  return (
    <Field label={label}>
      {(control) => (
        <>
          <textarea
            {...control}
            className="form-control font-monospace small mb-1"
            readOnly
            spellCheck={false}
            rows={Math.ceil(text.length / WIDTH)}
            value={text}
            onFocus={(event) => event.target.select()}
          />
          <CopyButton text={text} label={copyLabel} />
        </>
      )}
    </Field>
  );
}
