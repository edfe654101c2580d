import { useSyncExternalStore } from "react";

/** One timer for all that shows a time which goes on. */
class Clock {
  #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setInterval> | undefined;
  now = Date.now();

  constructor(private readonly interval: number) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => {
      this.now = Date.now();
      this.#listeners.forEach((each) => each());
    }, this.interval);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
    };
  };
}

const clocks = { second: new Clock(1000), minute: new Clock(30_000) };

/** The time in milliseconds, renewed each second or each half minute. */
export function useNow(every: keyof typeof clocks): number {
  const clock = clocks[every];
  return useSyncExternalStore(clock.subscribe, () => clock.now);
}
