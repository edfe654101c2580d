import { type FormEvent, useId, useState } from "react";

import { ApiError } from "../../api/errors";
import type { Environment } from "../../api/schema";
import { t } from "../../i18n";
import { ErrorAlert } from "../../ui/alert";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { notify } from "../../ui/notices";
import { useRebuild } from "../builds/mutations";
import { refName } from "./source";

interface RebuildDialogProps {
  environment: Environment;
  onClose: () => void;
}

/** A rebuild of another ref, or one that uses nothing of earlier ones. */
export function RebuildDialog({ environment, onClose }: RebuildDialogProps) {
  const id = useId();
  const texts = t.environments.rebuild;
  const { name, display_name: label } = environment;
  const rebuild = useRebuild(name);
  const [ref, setRef] = useState("");
  const [noCache, setNoCache] = useState(false);
  const { error } = rebuild;
  const refError =
    error instanceof ApiError ? error.fields.find(({ field }) => field === "ref") : undefined;

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (rebuild.isPending) return;
    const request = { no_cache: noCache, ...(ref.trim() && { ref: ref.trim() }) };
    await rebuild.mutateAsync(request);
    notify(t.environments.actions.queued(label));
    onClose();
  }

  return (
    <Dialog
      title={texts.title(label)}
      onClose={onClose}
      footer={
        <button type="submit" form={id} className="btn btn-primary" disabled={rebuild.isPending}>
          {rebuild.isPending ? texts.submitting : texts.submit}
        </button>
      }
    >
      {error && !refError && <ErrorAlert error={error} />}
      <p>
        {environment.image && `${texts.pulled} `}
        {environment.publish === "manual" ? texts.untilPublished : texts.untilReady}
      </p>
      <form id={id} noValidate onSubmit={(event) => void submit(event).catch(() => undefined)}>
        {!environment.image && (
          <Field
            label={texts.ref}
            hint={texts.refHint(refName(environment.ref))}
            error={refError?.message}
          >
            {(control) => (
              <input
                {...control}
                className={`form-control ${refError ? "is-invalid" : ""}`}
                value={ref}
                maxLength={255}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                onChange={(event) => setRef(event.target.value)}
              />
            )}
          </Field>
        )}
        <div className="form-check">
          <input
            type="checkbox"
            id={`${id}-cache`}
            className="form-check-input"
            checked={noCache}
            aria-describedby={`${id}-cache-hint`}
            onChange={(event) => setNoCache(event.target.checked)}
          />
          <label className="form-check-label" htmlFor={`${id}-cache`}>
            {texts.noCache}
          </label>
          <div className="form-text" id={`${id}-cache-hint`}>
            {texts.noCacheHint}
          </div>
        </div>
      </form>
    </Dialog>
  );
}
