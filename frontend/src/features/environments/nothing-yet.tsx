import { type FormEvent, useState } from "react";
import { Link, useLocation } from "wouter";

import { page } from "../../api/page";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { Field } from "../../ui/field";
import { repositoryName } from "./forge";

/** Small, built within minutes, and nobody's secret. */
const EXAMPLE = "https://github.com/binder-examples/requirements";

/** What to do first, where there is no environment at all. */
export function NothingYet() {
  const { empty } = t.environments;
  return (
    <section className="card envbuilder-first">
      <div className="card-body p-4">
        <h2 className="h4">{empty.title}</h2>
        {page.user.mayBuild ? (
          <FirstEnvironment />
        ) : (
          <>
            <p>{empty.others}</p>
            <p className="mb-0">{empty.ask}</p>
          </>
        )}
      </div>
    </section>
  );
}

function FirstEnvironment() {
  const { empty } = t.environments;
  const [, navigate] = useLocation();
  const [repoUrl, setRepoUrl] = useState("");

  function submit(event: FormEvent) {
    event.preventDefault();
    navigate(repoUrl.trim() ? addPathOf(repoUrl.trim()) : paths.add);
  }

  return (
    <>
      <p>{empty.explained}</p>
      <form onSubmit={submit} noValidate>
        <Field label={empty.repository}>
          {(control) => (
            <input
              {...control}
              className="form-control"
              value={repoUrl}
              placeholder={EXAMPLE}
              inputMode="url"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              onChange={(event) => setRepoUrl(event.target.value)}
            />
          )}
        </Field>
        <button type="submit" className="btn btn-primary mb-3">
          {empty.submit}
        </button>
      </form>
      <p className="mb-0">
        {empty.example}{" "}
        <Link href={addPathOf(EXAMPLE)} className="text-break">
          {repositoryName(EXAMPLE)}
        </Link>
      </p>
    </>
  );
}

function addPathOf(repoUrl: string): string {
  return `${paths.add}?${new URLSearchParams({ repo_url: repoUrl })}`;
}
