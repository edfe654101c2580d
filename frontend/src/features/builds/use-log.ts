import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";

import { followStream, type StreamState } from "../../api/stream";
import type { StatusChange } from "../../api/schema";
import { isActive } from "../../ui/status";
import { type LogEvent, LogStore } from "./log-store";
import { buildQuery } from "./queries";

interface Log {
  store: LogStore;
  /** Changes with all that is in the store. */
  version: number;
  connection: StreamState;
  /** Why the server gives no log. */
  error: Error | null;
  retry: () => void;
}

/** The log of a build, which grows while the build runs. */
export function useLog(id: number): Log {
  const client = useQueryClient();
  const [store] = useState(() => new LogStore());
  const [connection, setConnection] = useState<StreamState>("connecting");
  const [error, setError] = useState<Error | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    const { queryKey } = buildQuery(id);
    followStream(`api/builds/${id}/log`, {
      lastEventId: store.lastEventId,
      signal: controller.signal,
      onEvent: (event) => {
        store.feed(event);
        const known = client.getQueryData(queryKey);
        // The news of it may be interrupted while the log is not.
        if (isFinal(event) && known && isActive(known.status)) {
          void client.invalidateQueries({ queryKey });
        }
      },
      onState: setConnection,
      isLast: isFinal,
    }).catch(setError);
    return () => controller.abort();
  }, [client, id, store, attempt]);
  const version = useSyncExternalStore(store.subscribe, () => store.version);
  const retry = () => {
    setError(null);
    setAttempt(attempt + 1);
  };
  return { store, version, connection, error, retry };
}

/** Whether nothing comes after this event. */
function isFinal({ event, data }: LogEvent): boolean {
  return event === "status" && !isActive((JSON.parse(data) as StatusChange).status);
}
