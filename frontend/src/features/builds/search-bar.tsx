import type { KeyboardEvent } from "react";

import { t } from "../../i18n";
import type { Match } from "./search";
import type { LogSearch } from "./use-search";

/** The log's own search: the browser's does not see rows that are not in the document. */
export function SearchBar({ search, onGo }: { search: LogSearch; onGo: (match: Match) => void }) {
  const { query, setQuery, matches, place } = search;
  const words = t.builds.log;

  function go(by: 1 | -1): void {
    const match = search.go(by);
    if (match) onGo(match);
  }

  function pressed(event: KeyboardEvent): void {
    if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") setQuery("");
    else return;
    event.preventDefault();
  }

  return (
    <div className="d-flex flex-wrap align-items-center gap-2 mb-2" role="search">
      <div className="d-flex gap-2 envbuilder-log-search">
        <input
          type="search"
          className="form-control form-control-sm"
          aria-label={words.search}
          placeholder={words.search}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={pressed}
        />
        <button
          type="button"
          className="btn btn-sm btn-outline-secondary"
          aria-label={words.previous}
          title={words.previous}
          disabled={matches.length === 0}
          onClick={() => go(-1)}
        >
          ↑
        </button>
        <button
          type="button"
          className="btn btn-sm btn-outline-secondary"
          aria-label={words.next}
          title={words.next}
          disabled={matches.length === 0}
          onClick={() => go(1)}
        >
          ↓
        </button>
      </div>
      <span role="status">{query && resultOf(matches.length, place)}</span>
    </div>
  );
}

function resultOf(total: number, place: number): string {
  if (total === 0) return t.builds.log.noMatch;
  return place < 0 ? t.builds.log.matches(total) : t.builds.log.match(place + 1, total);
}
