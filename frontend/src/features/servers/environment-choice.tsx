import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue, useId, useState } from "react";

import type { Environment } from "../../api/schema";
import { t } from "../../i18n";
import { ErrorAlert } from "../../ui/alert";
import { environmentsQuery } from "../environments/queries";

/** From so many environments on there is a search. */
const MANY = 6;

interface EnvironmentChoiceProps {
  value: Environment | null;
  onChange: (environment: Environment) => void;
  error?: string | undefined;
}

/**
 * The environments that one may start a server from.
 *
 * Not those with the status `ready`: one that is being rebuilt can be started all the while.
 */
export function useLaunchable(q: string) {
  return useInfiniteQuery({
    ...environmentsQuery({ q, sort: "name", status: "", owner: "" }),
    select: ({ pages }) => pages.flatMap(({ items }) => items.filter((each) => each.current_build)),
    placeholderData: keepPreviousData,
  });
}

/** One environment out of those that can be started, with a search where there are many. */
export function EnvironmentChoice({ value, onChange, error }: EnvironmentChoiceProps) {
  const id = useId();
  const [q, setQ] = useState("");
  const everything = useLaunchable("");
  const found = useLaunchable(useDeferredValue(q.trim()));
  const isMany = (everything.data?.length ?? 0) > MANY || everything.hasNextPage;
  const matches = found.data ?? [];
  // What is chosen stays in sight, whatever is looked for.
  const isElsewhere = value !== null && !matches.some((each) => each.name === value.name);
  return (
    <fieldset className="mb-3" aria-describedby={error && `${id}-error`}>
      <legend className="fs-6">{t.servers.environment}</legend>
      {isMany && (
        <>
          <label className="visually-hidden" htmlFor={`${id}-search`}>
            {t.servers.choice.search}
          </label>
          <input
            type="search"
            id={`${id}-search`}
            className="form-control mb-1"
            placeholder={t.servers.choice.search}
            value={q}
            maxLength={200}
            autoComplete="off"
            aria-describedby={`${id}-hint`}
            onChange={(event) => setQ(event.target.value)}
            onKeyDown={(event) => {
              const [first] = matches;
              if (event.key !== "Enter") return;
              event.preventDefault(); // which would start a server
              if (first) onChange(first);
            }}
          />
          <div className="d-flex flex-wrap column-gap-2 form-text mb-2">
            <span className="me-auto" id={`${id}-hint`}>
              {t.servers.choice.searchHint}
            </span>
            <span role="status">
              {q && t.servers.choice.matches(matches.length, found.hasNextPage)}
            </span>
          </div>
        </>
      )}
      {found.error ? (
        <ErrorAlert error={found.error} onRetry={() => void found.refetch()} />
      ) : (
        <div className="envbuilder-choices">
          {isElsewhere && <Option name={id} environment={value} isChosen onChoose={onChange} />}
          {matches.map((each) => (
            <Option
              key={each.name}
              name={id}
              environment={each}
              isChosen={each.name === value?.name}
              onChoose={onChange}
            />
          ))}
          {found.hasNextPage && (
            <button
              type="button"
              className="btn btn-sm btn-link"
              onClick={() => void found.fetchNextPage()}
            >
              {t.servers.choice.more}
            </button>
          )}
        </div>
      )}
      {q && found.data && matches.length === 0 && !found.hasNextPage && (
        <p className="mb-0">
          {t.servers.choice.noMatch(q)}{" "}
          <button
            type="button"
            className="btn btn-link p-0 align-baseline"
            onClick={() => setQ("")}
          >
            {t.servers.choice.clear}
          </button>
        </p>
      )}
      {error && (
        <div className="invalid-feedback d-block" id={`${id}-error`}>
          {error}
        </div>
      )}
    </fieldset>
  );
}

interface OptionProps {
  name: string;
  environment: Environment;
  isChosen: boolean;
  onChoose: (environment: Environment) => void;
}

function Option({ name, environment, isChosen, onChoose }: OptionProps) {
  const id = useId();
  const { current_build: build } = environment;
  return (
    <div className="form-check py-1">
      <input
        type="radio"
        className="form-check-input"
        id={id}
        name={name}
        checked={isChosen}
        aria-describedby={`${id}-about`}
        onChange={() => onChoose(environment)}
      />
      <label className="form-check-label text-break" htmlFor={id}>
        {environment.display_name}
      </label>
      <div className="small text-body-secondary text-break" id={`${id}-about`}>
        {environment.description && (
          <div className="envbuilder-pre-line">{environment.description}</div>
        )}
        {build?.source_image ??
          (build?.resolved_ref &&
            t.servers.choice.repository(build.repo_url, build.resolved_ref.slice(0, 7)))}
      </div>
    </div>
  );
}
