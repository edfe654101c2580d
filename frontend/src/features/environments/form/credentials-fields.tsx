import type { Ref } from "react";

import { t } from "../../../i18n";
import { Field } from "../../../ui/field";
import { CheckBox } from "./check-box";
import { type Choice, Choices } from "./choices";
import { errorAt } from "./field-errors";
import { hostOf, originOf } from "./origin";
import { TextField, VERBATIM } from "./text-field";
import type { FormPart } from "./use-form";
import type { Login } from "./values";

export interface CredentialsFieldsProps extends FormPart {
  /** The address that stored credentials are for; null where there are none. */
  storedFor: string | null;
  ref?: Ref<HTMLDivElement>;
  /** They have been entered as a whole. */
  onLogin: (login: Login) => void;
}

/** What opens a private repository. What is stored is never shown. */
export function CredentialsFields(props: CredentialsFieldsProps) {
  const { values, errors, edit, storedFor, onLogin, ref } = props;
  const texts = t.environments.form.credentials;
  const { credentials } = values;
  const change = (part: Partial<Login>) => edit({ credentials: { ...credentials, ...part } });

  function choose(kind: Login["kind"]) {
    change({ kind });
    onLogin({ ...credentials, kind });
  }

  const remember = <Remember isChosen={credentials.remember} onChange={change} />;
  const choices: Choice<Login["kind"]>[] = [
    ...stored(storedFor, values.repo_url),
    { value: "none", label: storedFor === null ? texts.none : texts.forget },
    {
      value: "login",
      label: texts.login,
      children: (
        <>
          <LoginFields {...props} change={change} />
          {remember}
        </>
      ),
    },
    {
      value: "key",
      label: texts.key,
      children: (
        <>
          <KeyField {...props} change={change} />
          {remember}
        </>
      ),
    },
  ];
  return (
    <div ref={ref}>
      <Choices
        legend={texts.legend}
        value={credentials.kind}
        onChange={choose}
        error={errors.find(({ field }) => field === "credentials")?.message}
        choices={choices}
      />
    </div>
  );
}

function stored(storedFor: string | null, repoUrl: string): Choice<Login["kind"]>[] {
  const texts = t.environments.form.credentials;
  if (storedFor === null) return [];
  const host = hostOf(storedFor);
  const isSame = originOf(storedFor) === originOf(repoUrl.trim());
  const hint = isSame ? texts.keepHint(host) : texts.keepLost(host);
  return [{ value: "keep", label: texts.keep, hint }];
}

interface PartProps extends CredentialsFieldsProps {
  change: (part: Partial<Login>) => void;
}

function LoginFields({ values: { credentials }, errors, change, onLogin }: PartProps) {
  const texts = t.environments.form.credentials;
  return (
    <div className="row">
      <div className="col-sm-5">
        <TextField
          label={texts.username}
          error={errorAt(errors, "credentials.username")}
          required
          maxLength={255}
          value={credentials.username}
          onChange={(username) => change({ username })}
          onBlur={() => onLogin(credentials)}
        />
      </div>
      <div className="col-sm-7">
        <TextField
          label={texts.password}
          hint={texts.passwordHint}
          error={errorAt(errors, "credentials.password")}
          type="password"
          // Not the one that the browser knows for the Hub.
          autoComplete="new-password"
          maxLength={4096}
          value={credentials.password}
          onChange={(password) => change({ password })}
          onBlur={() => onLogin(credentials)}
        />
      </div>
    </div>
  );
}

function KeyField({ values: { credentials }, errors, change, onLogin }: PartProps) {
  const texts = t.environments.form.credentials;
  const error = errorAt(errors, "credentials.ssh_key");
  return (
    <Field label={texts.sshKey} hint={texts.sshKeyHint} error={error}>
      {(control) => (
        <textarea
          {...control}
          {...VERBATIM}
          className={`form-control font-monospace small ${error ? "is-invalid" : ""}`}
          rows={5}
          required
          autoComplete="off"
          maxLength={16384}
          value={credentials.ssh_key}
          onChange={(event) => change({ ssh_key: event.target.value })}
          onBlur={() => onLogin(credentials)}
        />
      )}
    </Field>
  );
}

interface RememberProps {
  isChosen: boolean;
  onChange: (part: Partial<Login>) => void;
}

function Remember({ isChosen, onChange }: RememberProps) {
  const texts = t.environments.form.credentials;
  return (
    <CheckBox
      label={texts.remember}
      hint={texts.rememberHint}
      isChosen={isChosen}
      onChange={(remember) => onChange({ remember })}
    />
  );
}
