import { type FormEvent, useEffect, useId, useRef, useState } from "react";

import { page } from "../../api/page";
import type { EnvironmentStatus } from "../../api/schema";
import { t } from "../../i18n";
import type { Search } from "./queries";
import { LONGEST_QUERY, SORTS, STATUSES } from "./search-address";

/** Milliseconds after a key until what is typed is looked for. */
const PAUSE = 300;

interface SearchFormProps {
  search: Search;
  /** `isTyping` for what is one of many steps on the way to a word. */
  onChange: (part: Partial<Search>, isTyping: boolean) => void;
}

/** What is looked for, in which order, and which are left out. */
export function SearchForm({ search, onChange }: SearchFormProps) {
  const id = useId();
  return (
    <form
      role="search"
      aria-label={t.environments.search.name}
      className="row g-2 align-items-end mb-3"
      onSubmit={(event) => event.preventDefault()}
    >
      <div className="col-12 col-md">
        <QueryField q={search.q} onChange={(q) => onChange({ q }, true)} />
      </div>
      <div className="col-6 col-md-auto">
        <label className="form-label small mb-1" htmlFor={`${id}-status`}>
          {t.environments.search.status}
        </label>
        <select
          id={`${id}-status`}
          className="form-select"
          value={search.status}
          onChange={(event) =>
            onChange({ status: event.target.value as EnvironmentStatus | "" }, false)
          }
        >
          <option value="">{t.environments.search.anyStatus}</option>
          {STATUSES.map((status) => (
            <option key={status} value={status}>
              {t.status[status]}
            </option>
          ))}
        </select>
      </div>
      <div className="col-6 col-md-auto">
        <label className="form-label small mb-1" htmlFor={`${id}-sort`}>
          {t.environments.search.sort}
        </label>
        <select
          id={`${id}-sort`}
          className="form-select"
          value={search.sort}
          onChange={(event) => onChange({ sort: event.target.value as Search["sort"] }, false)}
        >
          {SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {t.environments.sorts[sort]}
            </option>
          ))}
        </select>
      </div>
      {page.user.mayBuild && (
        <div className="col-auto">
          <div className="form-check envbuilder-beside-fields">
            <input
              type="checkbox"
              id={`${id}-mine`}
              className="form-check-input"
              checked={search.owner !== ""}
              onChange={(event) =>
                onChange({ owner: event.target.checked ? page.user.name : "" }, false)
              }
            />
            <label className="form-check-label" htmlFor={`${id}-mine`}>
              {t.environments.search.mine}
            </label>
          </div>
        </div>
      )}
    </form>
  );
}

/** Shows each key at once, and tells what is typed when there is a pause. */
function QueryField({ q, onChange }: { q: string; onChange: (q: string) => void }) {
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  function tell(text: string) {
    clearTimeout(timer.current);
    setDraft(null);
    onChange(text);
  }

  function type(event: FormEvent<HTMLInputElement>) {
    const text = event.currentTarget.value;
    clearTimeout(timer.current);
    setDraft(text);
    timer.current = setTimeout(() => tell(text), PAUSE);
  }

  return (
    <>
      <label className="form-label small mb-1" htmlFor={id}>
        {t.environments.search.label}
      </label>
      <input
        type="search"
        id={id}
        className="form-control"
        placeholder={t.environments.search.placeholder}
        value={draft ?? q}
        maxLength={LONGEST_QUERY}
        autoComplete="off"
        onChange={type}
        onKeyDown={(event) => {
          if (event.key === "Enter") tell(event.currentTarget.value);
        }}
      />
    </>
  );
}
