import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";

import { mayManage } from "../../api/page";
import type { Environment } from "../../api/schema";
import { t } from "../../i18n";
import { ErrorAlert } from "../../ui/alert";
import { HistoryEntry } from "./history-entry";
import { isGone } from "./offers";
import { buildsQuery } from "./queries";

interface HistoryProps {
  environment: Environment;
  /** The build whose page it is on. */
  shown?: number;
  /** The build that the page offers already, of which only a return to it is left. */
  above?: number | undefined;
}

/** The builds of an environment, newest first, each of which can be started from, or made current again. */
export function History({ environment, shown, above = shown }: HistoryProps) {
  const { data, error, refetch } = useQuery(buildsQuery(environment.name));
  const list = useRef<HTMLUListElement>(null);
  if (!data) {
    return error ? (
      <ErrorAlert error={error} onRetry={() => void refetch()} />
    ) : (
      <p role="status">{t.loading}</p>
    );
  }
  if (data.items.length === 0) return <p>{t.builds.history.empty}</p>;
  return (
    <>
      <ul
        className="list-group"
        aria-label={t.builds.history.of(environment.display_name)}
        tabIndex={-1}
        ref={list}
      >
        {data.items.map((build) => (
          <HistoryEntry
            key={build.id}
            build={build}
            environment={environment}
            isShown={build.id === shown}
            isAbove={build.id === above}
            onDone={() => list.current?.focus()}
          />
        ))}
      </ul>
      {mayManage(environment) && data.items.some((each) => isGone(each) && each.id !== above) && (
        <p className="form-text">{t.builds.restoreHint}</p>
      )}
      {data.total > data.items.length && (
        <p className="text-body-secondary small mt-2">
          {t.builds.history.more(data.items.length, data.total)}
        </p>
      )}
    </>
  );
}
