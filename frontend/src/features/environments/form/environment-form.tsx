import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { flushSync } from "react-dom";

import { ApiError, type FieldError } from "../../../api/errors";
import { t } from "../../../i18n";
import { check } from "./check";
import { Failure } from "./failure";
import { MachineFields } from "./machine-fields";
import { MORE_FIELDS, MoreFields, saysMore } from "./more-fields";
import { NameFields } from "./name-fields";
import { namesOfRefs, useRefs } from "./refs";
import { credentialsOf } from "./request";
import { Section } from "./section";
import { SourceFields } from "./source-fields";
import { useForm } from "./use-form";
import { useLeaveGuard } from "./use-leave-guard";
import { type Draft, type Login, readAddress, type Values, valuesOf } from "./values";
import { VisibilityFields } from "./visibility-fields";

const WRONG = ".is-invalid:not([type=radio]), .is-invalid:checked";

interface EnvironmentFormProps {
  initial: Draft;
  /** The environment that is edited, and the address that its stored credentials are for. */
  edited?: { name: string; storedFor: string | null };
  /** Send it; what is thrown is shown. `action` is the value of the button that was pressed. */
  onSend: (values: Values, action: string) => Promise<void>;
  /** What an error means that names no field. */
  fieldOf?: (error: ApiError) => FieldError | undefined;
  /** Buttons, the usual one first. */
  children: (values: Values, isSending: boolean) => ReactNode;
}

/** All that is entered of an environment, new or not. */
export function EnvironmentForm(props: EnvironmentFormProps) {
  const { initial, edited, onSend, fieldOf, children } = props;
  const texts = t.environments.form;
  const { draft, errors, edit, setErrors, isEdited } = useForm(initial);
  const [login, setLogin] = useState(initial.credentials);
  const [failure, setFailure] = useState<{ error: Error | null } | null>(null);
  const [isSending, setIsSending] = useState(false);
  const [isOpen, setIsOpen] = useState(() => saysMore(valuesOf(initial, [])));
  const form = useRef<HTMLFormElement>(null);
  const credentials = useRef<HTMLDivElement>(null);
  const isBusy = useRef(false);
  const id = useId();

  const lookup = useRefs({
    repo_url: draft.source === "image" ? "" : readAddress(draft.repo_url).repo_url,
    ...lookWith(login, edited?.name),
  });
  const values = valuesOf(draft, namesOfRefs(lookup.refs));
  useLeaveGuard(isEdited);

  // The first field that is wrong, when it is there to be seen.
  useEffect(() => {
    if (failure) form.current?.querySelector<HTMLElement>(WRONG)?.focus();
  }, [failure]);

  function refuse(wrong: readonly FieldError[], error: Error | null) {
    setErrors(wrong);
    setFailure({ error: wrong.length > 0 ? null : error });
    if (wrong.some(({ field }) => MORE_FIELDS.includes(first(field)))) setIsOpen(true);
  }

  async function send(event: FormEvent) {
    event.preventDefault();
    // Two presses of a key can come before anything is shown of the first.
    if (isBusy.current) return;
    const wrong = check(values);
    if (wrong.length > 0) return refuse(wrong, null);
    const { submitter } = event.nativeEvent as SubmitEvent;
    isBusy.current = true;
    setIsSending(true);
    setFailure(null);
    setErrors([]);
    try {
      await onSend(values, (submitter as HTMLButtonElement | null)?.value ?? "");
    } catch (error) {
      refuse(fieldsOf(error as Error, draft, fieldOf), error as Error);
    } finally {
      isBusy.current = false;
      setIsSending(false);
    }
  }

  function enterCredentials() {
    const kind = /^(ssh:|[\w.-]+@)/.test(draft.repo_url) ? "key" : "login";
    flushSync(() => {
      setIsOpen(true);
      edit({ credentials: { ...draft.credentials, kind } });
    });
    credentials.current
      ?.querySelector<HTMLElement>("input[type=text], input:not([type]), textarea")
      ?.focus();
  }

  const part = { values, errors, edit };
  return (
    <form ref={form} className="envbuilder-form" noValidate onSubmit={(event) => void send(event)}>
      <Section title={texts.sections.source}>
        <SourceFields
          {...part}
          draft={draft}
          lookup={lookup}
          isNew={!edited}
          onPrivate={enterCredentials}
          onLogin={(found) => {
            setLogin(found);
            setIsOpen(true);
          }}
        />
      </Section>
      <Section title={texts.sections.naming}>
        <NameFields {...part} isNew={!edited} />
      </Section>
      <Section title={texts.sections.people}>
        <VisibilityFields {...part} />
      </Section>
      <Section title={texts.sections.machines}>
        <MachineFields {...part} />
      </Section>
      <details
        className="mb-4"
        open={isOpen}
        onToggle={(event) => setIsOpen(event.currentTarget.open)}
      >
        <summary className="h5 mb-3" id={id}>
          {values.source === "image" ? texts.sections.moreOfImage : texts.sections.more}
        </summary>
        <MoreFields
          {...part}
          ref={credentials}
          storedFor={edited?.storedFor ?? null}
          onLogin={setLogin}
        />
      </details>
      {failure && <Failure error={failure.error} placed={errors} />}
      <div className="d-flex flex-wrap align-items-center gap-2">{children(values, isSending)}</div>
    </form>
  );
}

/** With what a repository is looked at: what is entered, or what is stored. */
function lookWith(login: Login, environment: string | undefined) {
  if (login.kind === "keep") return environment ? { environment } : {};
  const isWhole = login.kind === "login" ? login.username.trim() : login.ssh_key.trim();
  const credentials = isWhole ? credentialsOf({ ...login, remember: false }) : null;
  return credentials ? { credentials } : {};
}

/** What the service says is wrong, as far as it is about fields that there are. */
function fieldsOf(
  error: Error,
  draft: Draft,
  fieldOf: EnvironmentFormProps["fieldOf"],
): readonly FieldError[] {
  if (!(error instanceof ApiError)) return [];
  const field = fieldOf?.(error);
  if (field) return [field];
  const isPlaced = error.fields.every((each) => first(each.field) in draft);
  return isPlaced ? error.fields : [];
}

function first(path: string): string {
  return path.split(".")[0] ?? "";
}
