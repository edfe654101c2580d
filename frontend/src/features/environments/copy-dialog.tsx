import { type FormEvent, useId, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useLocation } from "wouter";

import { ApiError } from "../../api/errors";
import { page } from "../../api/page";
import type { Environment } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { ErrorAlert } from "../../ui/alert";
import { Dialog } from "../../ui/dialog";
import { notify } from "../../ui/notices";
import { CheckBox } from "./form/check-box";
import { checkName } from "./form/check";
import { TextField } from "./form/text-field";
import { useCopy } from "./mutations";

interface CopyDialogProps {
  environment: Environment;
  onClose: () => void;
}

/** An environment of one's own from the image of another one. */
export function CopyDialog({ environment, onClose }: CopyDialogProps) {
  const id = useId();
  const texts = t.environments.copying;
  const { form } = t.environments;
  const { display_name: label } = environment;
  const [, navigate] = useLocation();
  const copy = useCopy(environment.name);
  const [title, setTitle] = useState(label);
  const [name, setName] = useState(() => proposeCopyName(environment.name));
  const [everyone, setEveryone] = useState(false);
  const [nameError, setNameError] = useState<string>();
  const nameField = useRef<HTMLInputElement>(null);

  function refuse(problem: string | undefined) {
    // With what is wrong beside it before it has the focus, so that it is read out.
    flushSync(() => setNameError(problem));
    if (problem) nameField.current?.focus();
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (copy.isPending) return;
    const problem = checkName(name);
    if (problem) return refuse(problem);
    setNameError(undefined);
    try {
      const made = await copy.mutateAsync({
        name: name.trim(),
        display_name: title.trim() || null,
        visibility: { everyone },
      });
      notify(texts.done(made.display_name));
      onClose();
      navigate(paths.environment(made.name));
    } catch (error) {
      refuse(nameErrorOf(error as Error));
    }
  }

  return (
    <Dialog
      title={texts.title(label)}
      onClose={onClose}
      footer={
        <button type="submit" form={id} className="btn btn-primary" disabled={copy.isPending}>
          {copy.isPending ? texts.submitting : texts.submit}
        </button>
      }
    >
      {copy.error && !nameError && <ErrorAlert error={copy.error} />}
      <p>{texts.explained}</p>
      {environment.has_credentials && <p>{texts.credentials}</p>}
      <form id={id} noValidate onSubmit={(event) => void submit(event)}>
        <TextField
          label={form.displayName.label}
          isProse
          maxLength={100}
          value={title}
          onChange={setTitle}
        />
        <TextField
          label={form.name.label}
          hint={form.name.hint}
          error={nameError}
          ref={nameField}
          required
          maxLength={63}
          value={name}
          onChange={setName}
        />
        <CheckBox
          label={texts.everyone}
          hint={texts.everyoneHint}
          isChosen={everyone}
          onChange={setEveryone}
        />
      </form>
    </Dialog>
  );
}

/** With the person's own name, as far as names of environments may have it. */
function proposeCopyName(name: string): string {
  const own = page.user.name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return `${name.slice(0, 40)}-${own}`.slice(0, 63).replace(/-+$/, "");
}

function nameErrorOf(error: Error): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  if (error.status === 409) return t.environments.form.errors.nameTaken;
  return error.fields.find(({ field }) => field === "name")?.message;
}
