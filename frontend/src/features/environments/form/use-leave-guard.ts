import { useEffect } from "react";

import { addressOf } from "../../../api/page";
import { t } from "../../../i18n";

/** Ask before what is entered is lost: by closing the tab, by a link, or by going back. */
export function useLeaveGuard(isEdited: boolean): void {
  useEffect(() => {
    if (!isEdited) return;
    const here = location.href;
    const unload = (event: BeforeUnloadEvent) => event.preventDefault();
    const click = (event: MouseEvent) => {
      const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
      const isOtherTab = event.ctrlKey || event.metaKey || event.shiftKey;
      if (!link || isOtherTab || !isOurs(link)) return;
      if (!confirm(t.environments.form.leave)) event.preventDefault();
    };
    const back = (event: PopStateEvent) => {
      if (location.href === here || confirm(t.environments.form.leave)) return;
      event.stopImmediatePropagation();
      history.pushState(null, "", here);
    };
    addEventListener("beforeunload", unload);
    document.addEventListener("click", click, { capture: true });
    addEventListener("popstate", back, { capture: true });
    return () => {
      removeEventListener("beforeunload", unload);
      document.removeEventListener("click", click, { capture: true });
      removeEventListener("popstate", back, { capture: true });
    };
  }, [isEdited]);
}

/** Whether a link shows another of our pages in this one; where one is loaded the browser asks. */
function isOurs(link: HTMLAnchorElement): boolean {
  return (
    link.href.startsWith(addressOf("")) &&
    link.pathname !== location.pathname &&
    !link.target &&
    !link.closest(".navbar")
  );
}
