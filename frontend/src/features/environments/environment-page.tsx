import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Link, useLocation } from "wouter";

import { ApiError } from "../../api/errors";
import { mayManage } from "../../api/page";
import type { Environment } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { ErrorAlert } from "../../ui/alert";
import { PageHeading } from "../../ui/heading";
import { Unpublished } from "../builds/unpublished";
import { ActionError } from "./action-error";
import { type Asked, EnvironmentActions } from "./environment-actions";
import { EnvironmentDialog } from "./environment-dialog";
import { EnvironmentFacts } from "./environment-facts";
import { EnvironmentState } from "./environment-state";
import { HistorySection } from "./history-section";
import { environmentQuery } from "./queries";
import { RunCard } from "./run-card";
import { ShareCard } from "./share-card";
import { useBuildActions } from "./use-build-actions";
import { WebhookCard } from "./webhook-card";

/** All about one environment. */
export default function EnvironmentPage({ name }: { name: string }) {
  const [, navigate] = useLocation();
  const { data: environment, error, isPending, refetch } = useQuery(environmentQuery(name));
  // Kept apart from what is known now: a question about what is gone meanwhile is still answered.
  const [question, setQuestion] = useState<{ asked: Asked; environment: Environment } | null>(null);
  const isGone = error instanceof ApiError && error.status === 404;
  const title = isGone ? t.environments.page.gone : (environment?.display_name ?? name);
  return (
    <>
      <PageHeading title={title} />
      {isGone && (
        <>
          <p className="text-break">{t.environments.page.goneText(name)}</p>
          <Link href={paths.environments} className="btn btn-primary">
            {t.environments.page.back}
          </Link>
        </>
      )}
      {error && !isGone && <ErrorAlert error={error} onRetry={() => void refetch()} />}
      {isPending && <p role="status">{t.environments.page.loading}</p>}
      {environment && !isGone && (
        <Everything
          environment={environment}
          onAsk={(asked) => setQuestion({ asked, environment })}
        />
      )}
      {question && (
        <EnvironmentDialog
          {...question}
          onClose={() => setQuestion(null)}
          onGone={() => navigate(paths.environments)}
        />
      )}
    </>
  );
}

interface EverythingProps {
  environment: Environment;
  onAsk: (asked: Asked) => void;
}

function Everything({ environment, onAsk }: EverythingProps) {
  const builds = useBuildActions(environment);
  const state = useRef<HTMLDivElement>(null);
  const waiting = environment.waiting_build;
  return (
    <>
      <div className="d-flex flex-wrap align-items-start gap-3 mb-3" ref={state} tabIndex={-1}>
        <div className="me-auto">
          <EnvironmentState environment={environment} />
        </div>
        <EnvironmentActions environment={environment} builds={builds} onAsk={onAsk} isOnPage />
      </div>
      <ActionError builds={builds} />
      {waiting && (
        <Unpublished
          build={waiting}
          environment={environment}
          isLinked
          onDone={() => state.current?.focus()}
        />
      )}
      {environment.description && (
        <p className="text-break envbuilder-pre-line">{environment.description}</p>
      )}
      <div className="row g-4 mb-4">
        <section className="col-lg-6" aria-labelledby="about">
          <h2 className="h4" id="about">
            {t.environments.page.about}
          </h2>
          <EnvironmentFacts environment={environment} />
        </section>
        <div className="col-lg-6">
          <ShareCard environment={environment} />
          <RunCard environment={environment} />
          {mayManage(environment) && !environment.image && <WebhookCard name={environment.name} />}
        </div>
      </div>
      <HistorySection environment={environment} />
    </>
  );
}
