import { type ChangeEvent, useId, useState } from "react";

import { t } from "../../../i18n";
import { Field } from "../../../ui/field";
import { errorAt } from "./field-errors";
import { splitLogin } from "./login-address";
import { type Lookup, namesOfRefs } from "./refs";
import { RepositoryState } from "./repository-state";
import { TextField, VERBATIM } from "./text-field";
import type { FormPart } from "./use-form";
import { type Draft, readAddress } from "./values";

export interface RepositoryFieldsProps extends FormPart {
  draft: Draft;
  lookup: Lookup;
  /** Whether one begins to type here. */
  isFirst: boolean;
  /** Show where credentials are entered. */
  onPrivate: () => void;
  /** There were credentials in the address. */
  onLogin: (login: Draft["credentials"]) => void;
}

/** Where the repository is, and what of it is built. */
export function RepositoryFields(props: RepositoryFieldsProps) {
  const { values, draft, errors, edit, lookup, isFirst } = props;
  const id = useId();
  const texts = t.environments.form;
  const [hasMoved, setHasMoved] = useState(false);
  const error = errorAt(errors, "repo_url");

  function type(event: ChangeEvent<HTMLInputElement>) {
    const { inputType = "" } = event.nativeEvent as InputEvent;
    take(event.target.value, !/^insertFrom(Paste|Drop)/.test(inputType));
  }

  /** A page's address becomes what it means once it is all there. */
  function take(text: string, isTyping: boolean) {
    const login = splitLogin(text, isTyping);
    const address = login?.address ?? text;
    const part = isTyping ? { repo_url: address } : readAddress(address);
    if (login) {
      const { username, password } = login;
      const credentials = { ...draft.credentials, kind: "login" as const, username, password };
      setHasMoved(true);
      props.onLogin(credentials);
      edit({ ...part, credentials });
    } else if (text !== draft.repo_url || part.repo_url !== text) edit(part);
  }

  const state = (
    <RepositoryState
      lookup={lookup}
      hasMoved={hasMoved}
      onPrivate={values.credentials.kind === "none" ? props.onPrivate : undefined}
    />
  );
  return (
    <>
      <Field
        label={texts.repository.label}
        hint={
          <>
            {texts.repository.hint}
            {state}
          </>
        }
        error={error}
      >
        {(control) => (
          <input
            {...control}
            {...VERBATIM}
            className={`form-control ${error ? "is-invalid" : ""}`}
            type="text"
            inputMode="url"
            autoComplete="off"
            required
            maxLength={2000}
            // eslint-disable-next-line jsx-a11y/no-autofocus -- what one has come to this page for
            autoFocus={isFirst}
            value={draft.repo_url}
            onChange={type}
            onBlur={(event) => take(event.target.value, false)}
          />
        )}
      </Field>
      <TextField
        label={texts.ref.label}
        hint={<RefHint lookup={lookup} typed={values.ref} />}
        error={errorAt(errors, "ref")}
        value={values.ref}
        maxLength={255}
        list={`${id}-refs`}
        onChange={(ref) => edit({ ref, refPath: null })}
      />
      <datalist id={`${id}-refs`}>
        {lookup.refs?.branches.map((branch) => (
          <option
            key={branch}
            value={branch}
            label={branch === lookup.refs?.default_branch ? texts.ref.default(branch) : undefined}
          />
        ))}
        {lookup.refs?.tags.map((tag) => (
          <option key={`tag:${tag}`} value={tag} label={texts.ref.tag(tag)} />
        ))}
      </datalist>
    </>
  );
}

/** What an empty ref means, or that one is not there. */
function RefHint({ lookup: { refs }, typed }: { lookup: Lookup; typed: string }) {
  const texts = t.environments.form.ref;
  const ref = typed.trim().replace(/^refs\/(?:heads|tags)\//, "");
  const isUnknown =
    refs &&
    !refs.truncated &&
    ref !== "" &&
    ref !== "HEAD" &&
    !/^[0-9a-f]{4,64}$/.test(ref) &&
    !namesOfRefs(refs).includes(ref);
  return (
    <>
      {refs?.default_branch ? texts.hintKnown(refs.default_branch) : texts.hint}{" "}
      <span role="status" className="text-warning-emphasis">
        {isUnknown && texts.unknown(ref)}
      </span>
    </>
  );
}
