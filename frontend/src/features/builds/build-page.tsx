import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { Link } from "wouter";

import { ApiError } from "../../api/errors";
import type { BuildDetail } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { Alert, ErrorAlert } from "../../ui/alert";
import { PageHeading } from "../../ui/heading";
import { environmentQuery } from "../environments/queries";
import { BuildActions } from "./build-actions";
import { BuildFacts } from "./build-facts";
import { BuildLog } from "./build-log";
import { BuildState } from "./build-state";
import { Failure } from "./failure";
import { History } from "./history";
import { buildQuery } from "./queries";
import { Unpublished } from "./unpublished";
import { Warnings } from "./warnings";

/** One build: how it is, its steps with their log, and the other builds of its environment. */
export default function BuildPage({ id }: { id: number }) {
  const { data: build, error, refetch } = useQuery(buildQuery(id));
  if (build) return <BuildOf build={build} />;
  if (error && isNotThere(error)) return <NotThere />;
  return (
    <>
      <PageHeading title={t.builds.number(id)} />
      {error ? (
        <ErrorAlert error={error} onRetry={() => void refetch()} />
      ) : (
        <p role="status">{t.loading}</p>
      )}
    </>
  );
}

function BuildOf({ build }: { build: BuildDetail }) {
  const { data: environment } = useQuery(environmentQuery(build.environment));
  const state = useRef<HTMLDivElement>(null);
  return (
    <>
      <PageHeading title={t.builds.of(build.id, environment?.display_name ?? build.environment)} />
      <div className="d-flex flex-wrap align-items-center gap-2 mb-3" ref={state} tabIndex={-1}>
        <BuildState build={build} />
        {environment && (
          <BuildActions
            build={build}
            environment={environment}
            onDone={() => state.current?.focus()}
          />
        )}
      </div>
      <Failure build={build} environment={environment} />
      <Warnings build={build} />
      {environment && build.status === "built" && !build.published_at && (
        <Unpublished {...{ build, environment }} onDone={() => state.current?.focus()} />
      )}
      <BuildLog build={build} />
      <BuildFacts build={build} displayName={environment?.display_name ?? build.environment} />
      {environment && (
        <section className="mt-4" aria-labelledby="history-title">
          <h2 className="h4" id="history-title">
            {t.builds.history.title}
          </h2>
          <History environment={environment} shown={build.id} />
        </section>
      )}
    </>
  );
}

/** A number that no build can have is one that none has. */
function isNotThere(error: Error): boolean {
  return error instanceof ApiError && (error.status === 404 || error.status === 400);
}

function NotThere() {
  return (
    <>
      <PageHeading title={t.builds.notThere.title} />
      <Alert kind="warning">
        <p>{t.builds.notThere.text}</p>
        <Link className="btn btn-sm btn-primary" href={paths.environments}>
          {t.builds.notThere.back}
        </Link>
      </Alert>
    </>
  );
}
