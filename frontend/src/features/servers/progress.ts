import { ApiError } from "../../api/errors";
import type { ServerProgress } from "../../api/schema";
import { followStream } from "../../api/stream";

/** Milliseconds until the Hub is asked, and asked again, how far a start is that is asked for. */
const PAUSE = 300;

interface ProgressOptions {
  signal: AbortSignal;
  onProgress(event: ServerProgress): void;
  /** The request for the start: before the Hub has taken it, there is nothing to follow. */
  asked?: Promise<unknown> | undefined;
}

/** Follow the start of a server; gives the last event, or throws if nothing starts. */
export async function progressOf(
  serverName: string,
  { signal, onProgress, asked }: ProgressOptions,
): Promise<ServerProgress> {
  let isTaken = asked === undefined;
  const taken = () => (isTaken = true);
  asked?.then(taken, taken);
  for (;;) {
    if (asked) await new Promise((resolve) => setTimeout(resolve, PAUSE));
    // Before the attempt: the start may begin, and even end, while that is refused.
    const isLastAttempt = isTaken;
    try {
      return await once(serverName, signal, onProgress);
    } catch (error) {
      const isEarly = error instanceof ApiError && error.status === 404 && !isLastAttempt;
      if (!isEarly || signal.aborted) throw error;
    }
  }
}

async function once(
  serverName: string,
  signal: AbortSignal,
  onProgress: (event: ServerProgress) => void,
): Promise<ServerProgress> {
  let last: ServerProgress | undefined;
  await followStream(`api/server-progress?${new URLSearchParams({ server_name: serverName })}`, {
    signal,
    onEvent({ data }) {
      last = JSON.parse(data) as ServerProgress;
      onProgress(last);
    },
    isLast: () => Boolean(last?.ready ?? false) || Boolean(last?.failed ?? false),
  });
  if (!last) throw new DOMException("The start is no longer followed.", "AbortError");
  return last;
}
