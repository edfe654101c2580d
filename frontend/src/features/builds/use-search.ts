import { useDeferredValue, useMemo, useState } from "react";

import type { LogStore } from "./log-store";
import { type Match, patternOf, Search } from "./search";

export interface LogSearch {
  query: string;
  setQuery: (query: string) => void;
  /** What is looked for; null for nothing. */
  pattern: RegExp | null;
  matches: readonly Match[];
  /** The match that was gone to; its place among all of them, from 0, or -1. */
  current: Match | null;
  place: number;
  /** Go to the match that is so many further on, or back, and around at the ends. */
  go: (by: 1 | -1) => Match | undefined;
}

/** What somebody looks for in the log, and where they are with it. */
export function useSearch(store: LogStore, version: number): LogSearch {
  const [query, setQuery] = useState("");
  const [current, setCurrent] = useState<Match | null>(null);
  const wanted = useDeferredValue(query);
  const search = useMemo(() => (wanted ? new Search(wanted) : null), [wanted]);
  const matches = useMemo(
    () => search?.matches(store.blocks) ?? [],
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the version stands for what is in the store
    [search, store, version],
  );
  const pattern = useMemo(() => (wanted ? patternOf(wanted) : null), [wanted]);
  const place = current ? matches.findIndex((match) => isSame(match, current)) : -1;
  return {
    query,
    setQuery,
    pattern,
    matches,
    current,
    place,
    go(by) {
      const from = place < 0 && by < 0 ? 0 : place;
      const next = matches.at((from + by) % (matches.length || 1));
      setCurrent(next ?? null);
      return next;
    },
  };
}

function isSame(one: Match, other: Match): boolean {
  return one.block === other.block && one.line === other.line && one.start === other.start;
}
