import { useQueryClient } from "@tanstack/react-query";
import { useId } from "react";

import { t } from "../../i18n";
import { titleOf } from "./names";
import { StartProgress } from "./start-progress";
import { forget, type Start } from "./starts";

/** A server that starts, or did not. */
export function StartCard({ start }: { start: Start }) {
  const client = useQueryClient();
  const heading = useId();
  const title = titleOf(start.serverName);
  return (
    <article className="card" aria-labelledby={heading}>
      <div className="card-body">
        <h2 className="h5 text-break" id={heading}>
          {title}
        </h2>
        <p className="text-body-secondary">
          {start.phase === "failed" ? t.servers.failed(title) : t.servers.starting(start.label)}
        </p>
        <StartProgress start={start} onDismiss={() => forget(client, start.serverName)} />
      </div>
    </article>
  );
}
