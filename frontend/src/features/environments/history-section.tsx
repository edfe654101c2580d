import { useEffect, useRef } from "react";

import type { Environment } from "../../api/schema";
import { t } from "../../i18n";
import { History } from "../builds/history";

/** The builds of an environment; "Roll back" elsewhere leads here, by `#history`. */
export function HistorySection({ environment }: { environment: Environment }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (location.hash === "#history") heading.current?.focus();
  }, []);
  return (
    <section aria-labelledby="history">
      <h2 className="h4" id="history" tabIndex={-1} ref={heading}>
        {t.environments.page.history}
      </h2>
      <History environment={environment} above={environment.waiting_build?.id} />
    </section>
  );
}
