import { useRef, useState } from "react";
import { flushSync } from "react-dom";
import { Link, useLocation, useSearch } from "wouter";

import { page } from "../../api/page";
import type { Environment } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { PageHeading } from "../../ui/heading";
import type { Asked } from "./environment-actions";
import { EnvironmentDialog } from "./environment-dialog";
import { EnvironmentList } from "./environment-list";
import type { Search } from "./queries";
import { addressOfSearch, searchOf } from "./search-address";
import { SearchForm } from "./search-form";

/** All environments that one may see; what is looked for is in the address. */
export function EnvironmentsPage() {
  const [, navigate] = useLocation();
  const search = searchOf(useSearch(), page.user.name);
  const [question, setQuestion] = useState<{ asked: Asked; environment: Environment } | null>(null);
  const list = useRef<HTMLElement>(null);

  function change(part: Partial<Search>, isTyping: boolean) {
    const address = addressOfSearch({ ...search, ...part });
    // One step back leads out of a word, not out of its last letter.
    navigate(address, { replace: isTyping && search.q !== "" });
  }

  /** What has had the focus is no longer there. */
  function leave() {
    flushSync(() => setQuestion(null));
    list.current?.focus();
  }

  return (
    <>
      <PageHeading title={t.environments.title}>
        {page.user.mayBuild && (
          <Link href={paths.add} className="btn btn-primary">
            {t.environments.add}
          </Link>
        )}
      </PageHeading>
      <EnvironmentList
        search={search}
        listRef={list}
        form={<SearchForm search={search} onChange={change} />}
        onClear={() => {
          navigate(addressOfSearch({ ...search, q: "", status: "", owner: "" }));
          list.current?.focus();
        }}
        onAsk={(asked, environment) => setQuestion({ asked, environment })}
      />
      {question && (
        <EnvironmentDialog {...question} onClose={() => setQuestion(null)} onGone={leave} />
      )}
    </>
  );
}
