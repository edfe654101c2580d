import { type EventSourceMessage, EventSourceParserStream } from "eventsource-parser/stream";

import { xsrfToken } from "./client";
import { errorOf } from "./errors";
import { addressOf } from "./page";

/** How a stream is: `lost` while it is tried again, `ended` when the server has said its last. */
export type StreamState = "connecting" | "open" | "lost" | "ended" | "refused";

export interface StreamOptions {
  /** The id of the last event that is known already. */
  lastEventId?: string | undefined;
  onEvent(event: EventSourceMessage): void;
  onState?(state: StreamState): void;
  /** Whether this event is the stream's last, so that its end is no loss. */
  isLast?(event: EventSourceMessage): boolean;
  signal: AbortSignal;
}

const FIRST_PAUSE = 500; // milliseconds
const LONGEST_PAUSE = 10_000;
/** The server says something every 10 seconds; a connection that says nothing is dead. */
const LONGEST_SILENCE = 25_000;
/** A tab that nobody sees gives its connection back: browsers have six for all tabs of a Hub. */
const HIDDEN_GRACE = 10_000;

/**
 * Follow server-sent events, again and again until the last one, without a gap or a repeat.
 *
 * Not EventSource: that cannot send the XSRF token, name the event to go on after, or say why it
 * was refused.
 */
export async function followStream(path: string, options: StreamOptions): Promise<void> {
  const { signal, onState } = options;
  let lastEventId = options.lastEventId;
  let pause = FIRST_PAUSE;
  let ended = false;
  onState?.("connecting");
  while (!signal.aborted && !ended) {
    await visible(signal);
    const attempt = new Attempt(signal);
    try {
      const response = await fetch(addressOf(path), {
        headers: {
          Accept: "text/event-stream",
          "X-XSRFToken": xsrfToken(),
          ...(lastEventId ? { "Last-Event-ID": lastEventId } : {}),
        },
        cache: "no-store",
        signal: attempt.signal,
      });
      if (response.status >= 400 && response.status < 500) {
        onState?.("refused");
        throw new Refused(await errorOf(response));
      }
      if (!response.ok || !response.body) throw new Error(String(response.status));
      onState?.("open");
      for await (const event of attempt.eventsOf(response.body)) {
        pause = FIRST_PAUSE;
        if (event.id) lastEventId = event.id;
        options.onEvent(event);
        if (options.isLast?.(event)) ended = true;
      }
    } catch (error) {
      if (error instanceof Refused) throw error.reason;
      // Anything else is a connection that ended; it is made anew.
    } finally {
      attempt.end();
    }
    if (signal.aborted || ended) break;
    if (!attempt.wasHidden) {
      onState?.("lost");
      await sleep(pause * (0.75 + Math.random() / 2), signal);
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    }
  }
  if (ended) onState?.("ended");
}

/** The server has answered that it will not; asking again changes nothing. */
class Refused extends Error {
  constructor(readonly reason: Error) {
    super(reason.message);
  }
}

/** One connection: ends with the caller's signal, in a hidden tab, and after a long silence. */
class Attempt {
  readonly #controller = new AbortController();
  #silence: ReturnType<typeof setTimeout> | undefined;
  #hiding: ReturnType<typeof setTimeout> | undefined;
  wasHidden = false;

  constructor(private readonly outer: AbortSignal) {
    outer.addEventListener("abort", this.#abort);
    document.addEventListener("visibilitychange", this.#changed);
    this.#listen();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async *eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<EventSourceMessage> {
    const heard = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        this.#listen();
        controller.enqueue(chunk);
      },
    });
    const reader = body
      .pipeThrough(heard)
      .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
      .pipeThrough(new EventSourceParserStream())
      .getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  }

  end(): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#hiding);
    this.outer.removeEventListener("abort", this.#abort);
    document.removeEventListener("visibilitychange", this.#changed);
    this.#controller.abort();
  }

  readonly #abort = (): void => {
    this.#controller.abort();
  };

  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(this.#abort, LONGEST_SILENCE);
  }

  readonly #changed = (): void => {
    clearTimeout(this.#hiding);
    if (document.visibilityState === "hidden") {
      this.#hiding = setTimeout(() => {
        this.wasHidden = true;
        this.#abort();
      }, HIDDEN_GRACE);
    }
  };
}

/** Resolves when the tab can be seen. */
async function visible(signal: AbortSignal): Promise<void> {
  while (document.visibilityState === "hidden" && !signal.aborted) {
    await new Promise<void>((resolve) => {
      document.addEventListener("visibilitychange", () => resolve(), { once: true });
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
