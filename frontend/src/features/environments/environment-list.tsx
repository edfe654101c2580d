import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode, RefObject } from "react";

import type { Environment, EnvironmentList as Page } from "../../api/schema";
import { t } from "../../i18n";
import { Alert, ErrorAlert } from "../../ui/alert";
import type { Asked } from "./environment-actions";
import { EnvironmentTable } from "./environment-table";
import { NothingYet } from "./nothing-yet";
import { environmentsQuery, type Search } from "./queries";
import { isNarrowed } from "./search-address";

interface EnvironmentListProps {
  search: Search;
  /** What has the focus when what had it is gone. */
  listRef: RefObject<HTMLElement | null>;
  /** Shown unless there is nothing to look for. */
  form: ReactNode;
  onClear: () => void;
  onAsk: (asked: Asked, environment: Environment) => void;
}

/** The environments that a search finds, as many as one has asked for. */
export function EnvironmentList({ search, listRef, form, onClear, onAsk }: EnvironmentListProps) {
  const query = useInfiniteQuery({
    ...environmentsQuery({ ...search, q: search.q.trim() }),
    placeholderData: keepPreviousData,
  });
  const { data, error, isPlaceholderData } = query;
  const environments = environmentsOf(data?.pages ?? []);
  const total = data?.pages.at(-1)?.total ?? 0;
  const isEmpty = data !== undefined && total === 0;
  const texts = t.environments.search;

  async function showMore() {
    const { hasNextPage } = await query.fetchNextPage();
    // The button is gone then.
    if (!hasNextPage) listRef.current?.focus();
  }

  if (isEmpty && !isNarrowed(search) && !isPlaceholderData && !error) {
    return (
      <section ref={listRef} tabIndex={-1} aria-label={t.environments.list}>
        <NothingYet />
      </section>
    );
  }
  return (
    <>
      {form}
      <section
        ref={listRef}
        tabIndex={-1}
        aria-label={t.environments.title}
        aria-busy={isPlaceholderData}
      >
        {error && (
          <ErrorAlert
            error={error}
            onRetry={() =>
              void (query.isFetchNextPageError ? query.fetchNextPage() : query.refetch())
            }
          />
        )}
        <p role="status" className="small text-body-secondary mb-2">
          {query.isPending && t.loading}
          {data && !isEmpty && texts.found(environments.length, total)}
        </p>
        {isEmpty && <NoMatch q={search.q} onClear={onClear} />}
        {environments.length > 0 && <EnvironmentTable environments={environments} onAsk={onAsk} />}
        {query.hasNextPage && (
          <button
            type="button"
            className="btn btn-outline-primary"
            disabled={query.isFetchingNextPage}
            onClick={() => void showMore()}
          >
            {query.isFetchingNextPage ? texts.loadingMore : texts.more}
          </button>
        )}
      </section>
    </>
  );
}

function NoMatch({ q, onClear }: { q: string; onClear: () => void }) {
  const texts = t.environments.search;
  return (
    <Alert>
      <p>
        {texts.none} {q.trim() && texts.noneHint}
      </p>
      <button type="button" className="btn btn-sm btn-outline-primary" onClick={onClear}>
        {texts.clear}
      </button>
    </Alert>
  );
}

/** Each once: between two pages, one that was added or removed shifts the others. */
function environmentsOf(pages: readonly Page[]): Environment[] {
  const all = pages.flatMap((each) => each.items);
  return [...new Map(all.map((each) => [each.name, each])).values()];
}
