import { useState } from "react";
import { useLocation } from "wouter";

import type { Environment } from "../../../api/schema";
import { paths } from "../../../app/navigation";
import { t } from "../../../i18n";
import { PageHeading } from "../../../ui/heading";
import { notify } from "../../../ui/notices";
import { useRebuild } from "../../builds/mutations";
import { EditButtons, REBUILD } from "./edit-buttons";
import { EnvironmentForm } from "./environment-form";
import { useChange } from "./mutations";
import { NotQueued } from "./not-queued";
import { changeOf, needsRebuild } from "./request";
import { draftOf, type Values, valuesOf } from "./values";

/** The form of an environment as it was when one came here; only what one changes is sent. */
export function EditForm({ environment }: { environment: Environment }) {
  const texts = t.environments.form.edit;
  const { name } = environment;
  const [start, setStart] = useState({ environment, saves: 0 });
  const [notQueued, setNotQueued] = useState<Error | null>(null);
  const [, navigate] = useLocation();
  const change = useChange(name);
  const rebuild = useRebuild(name);
  const { has_credentials: isStored, repo_url: repoUrl, display_name: label } = start.environment;
  const initial = draftOf(start.environment);
  const before = valuesOf(initial, []);

  async function send(values: Values, action: string) {
    const changed = changeOf(before, values);
    setNotQueued(null);
    if (Object.keys(changed).length === 0) return leave(texts.unchanged);
    const saved = await change.mutateAsync(changed);
    if (action !== REBUILD) return leave(texts.saved(saved.display_name));
    await queue(() => setStart({ environment: saved, saves: start.saves + 1 }));
  }

  /** Queue a build of what is saved, which one then goes on from if there is none. */
  async function queue(onRefused?: () => void) {
    try {
      const build = await rebuild.mutateAsync({});
      notify(texts.savedAndQueued(label));
      navigate(paths.build(build.id));
    } catch (error) {
      setNotQueued(error as Error);
      onRefused?.();
    }
  }

  function leave(notice: string) {
    notify(notice);
    navigate(paths.environment(name));
  }

  return (
    <>
      <PageHeading title={texts.title(label)} />
      {notQueued && (
        <NotQueued error={notQueued} isPending={rebuild.isPending} onRetry={() => void queue()} />
      )}
      <EnvironmentForm
        key={start.saves}
        initial={initial}
        edited={{ name, storedFor: isStored ? repoUrl : null }}
        onSend={send}
      >
        {(values, isSending) => (
          <EditButtons
            name={name}
            isSending={isSending}
            isForBuild={needsRebuild(changeOf(before, values))}
          />
        )}
      </EnvironmentForm>
    </>
  );
}
