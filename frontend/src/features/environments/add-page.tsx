import { useState } from "react";
import { Link, useLocation, useSearch } from "wouter";

import type { ApiError, FieldError } from "../../api/errors";
import { page } from "../../api/page";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { Alert } from "../../ui/alert";
import { PageHeading } from "../../ui/heading";
import { notify } from "../../ui/notices";
import { EnvironmentForm } from "./form/environment-form";
import { useAdd } from "./form/mutations";
import { requestOf } from "./form/request";
import { newDraft, type Values } from "./form/values";

/** Makes a repository an environment; a link can name it, as in `/add?repo_url=…&ref=…`. */
export default function AddPage() {
  const texts = t.environments.form.add;
  const mayAdd = page.user.mayBuild;
  return (
    <>
      <PageHeading title={mayAdd ? texts.title : texts.refusedTitle} />
      {mayAdd ? <AddForm /> : <Refused />}
    </>
  );
}

function AddForm() {
  const texts = t.environments.form.add;
  const given = new URLSearchParams(useSearch());
  const [initial] = useState(() =>
    newDraft({ repoUrl: given.get("repo_url") ?? "", ref: given.get("ref") ?? "" }),
  );
  const [, navigate] = useLocation();
  const add = useAdd();

  async function send(values: Values) {
    const added = await add.mutateAsync(requestOf(values));
    const { name, display_name: label, image, last_build: build } = added;
    notify(image ? texts.doneImage(label) : texts.done(label));
    navigate(build ? paths.build(build.id) : paths.environment(name));
  }

  return (
    <>
      <p>{texts.intro}</p>
      <EnvironmentForm initial={initial} onSend={send} fieldOf={fieldOf}>
        {({ source }, isSending) => (
          <>
            <button type="submit" className="btn btn-primary" disabled={isSending}>
              {isSending ? texts.submitting : source === "image" ? texts.submitImage : texts.submit}
            </button>
            <Link className="btn btn-outline-secondary" href={paths.environments}>
              {t.actions.cancel}
            </Link>
          </>
        )}
      </EnvironmentForm>
    </>
  );
}

/** What is in the way of a new environment is its name. */
function fieldOf(error: ApiError): FieldError | undefined {
  const message = t.environments.form.errors.nameTaken;
  return error.status === 409 ? { field: "name", message } : undefined;
}

function Refused() {
  const texts = t.environments.form.add;
  return (
    <Alert kind="warning">
      <p>{texts.refused}</p>
      <Link className="btn btn-sm btn-primary" href={paths.environments}>
        {texts.back}
      </Link>
    </Alert>
  );
}
