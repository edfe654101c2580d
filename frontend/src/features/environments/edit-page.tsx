import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";

import { ApiError } from "../../api/errors";
import { mayManage } from "../../api/page";
import type { Environment } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { Alert, ErrorAlert } from "../../ui/alert";
import { PageHeading } from "../../ui/heading";
import { EditForm } from "./form/edit-form";
import { environmentQuery } from "./queries";

/** Changes what an environment says. */
export default function EditPage({ name }: { name: string }) {
  const texts = t.environments.form.edit;
  const { data, error, refetch } = useQuery(environmentQuery(name));
  const [known, setKnown] = useState(data);
  if (data && data !== known) setKnown(data);
  // A name that no environment can have is one that none has.
  const isGone = error instanceof ApiError && (error.status === 404 || error.status === 400);
  if (known && !mayManage(known)) return <Refused {...known} />;
  if (known) {
    return (
      <>
        {/* What is entered stays there to be copied. */}
        {isGone && <Alert kind="warning">{texts.gone(name)}</Alert>}
        <EditForm environment={known} />
      </>
    );
  }
  if (isGone) return <Gone name={name} />;
  return (
    <>
      <PageHeading title={texts.title(name)} />
      {error ? (
        <ErrorAlert error={error} onRetry={() => void refetch()} />
      ) : (
        <p role="status">{texts.loading}</p>
      )}
    </>
  );
}

function Gone({ name }: { name: string }) {
  const texts = t.environments.form;
  return (
    <>
      <PageHeading title={texts.edit.goneTitle} />
      <Alert kind="warning">
        <p>{texts.edit.gone(name)}</p>
        <Link className="btn btn-sm btn-primary" href={paths.environments}>
          {texts.add.back}
        </Link>
      </Alert>
    </>
  );
}

function Refused({ name, display_name: label, owner }: Environment) {
  const texts = t.environments.form.edit;
  return (
    <>
      <PageHeading title={texts.refusedTitle(label)} />
      <Alert kind="warning">
        <p>{texts.refused(owner)}</p>
        <Link className="btn btn-sm btn-primary" href={paths.environment(name)}>
          {texts.see}
        </Link>
      </Alert>
    </>
  );
}
