import { type ReactNode, useEffect, useLayoutEffect, useRef } from "react";

import { t } from "../i18n";

/** The page that was opened last; the first one keeps the focus where the browser has put it. */
let opened: string | undefined;

/** Whether the heading that has just gone had the focus, as that of a page which was loading. */
let hadFocus = false;

/** The page's heading: names the tab, and has the focus when one comes here from another page. */
export function PageHeading({ title, children }: { title: string; children?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = t.title(title);
  }, [title]);
  useLayoutEffect(() => {
    const element = heading.current;
    const isOther = opened !== undefined && opened !== location.pathname;
    if (isOther || hadFocus) element?.focus();
    opened = location.pathname;
    hadFocus = false;
    return () => {
      hadFocus = document.activeElement === element;
    };
  }, []);
  return (
    <div className="d-flex flex-wrap align-items-center gap-2 mb-3">
      <h1 className="h2 me-auto mb-0 text-break" tabIndex={-1} ref={heading}>
        {title}
      </h1>
      {children}
    </div>
  );
}
