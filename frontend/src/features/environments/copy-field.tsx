import { CopyButton } from "../../ui/copy";
import { Field } from "../../ui/field";

interface CopyFieldProps {
  label: string;
  text: string;
  /** What the button is called. */
  copyLabel: string;
  hint?: string;
}

/** A text to take elsewhere. */
export function CopyField({ label, text, copyLabel, hint }: CopyFieldProps) {
  return (
    <Field label={label} hint={hint}>
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

/** Characters in a line of a narrow field, for browsers that do not size fields by their content. */
const WIDTH = 34;

/** A command, which one wants to read before it is run: all of it is seen. */
export function CommandField({ label, text, copyLabel, hint }: CopyFieldProps) {
  return (
    <Field label={label} hint={hint}>
      {(control) => (
        <>
          <textarea
            {...control}
            className="form-control font-monospace small mb-1 envbuilder-command"
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
