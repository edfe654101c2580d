import { useSyncExternalStore } from "react";

import { t } from "../i18n";

interface Notice {
  id: number;
  text: string;
}

let notices: readonly Notice[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function set(next: readonly Notice[]): void {
  notices = next;
  listeners.forEach((listener) => listener());
}

/** Tell the person, seen and heard, what has just been done. */
export function notify(text: string): void {
  const notice = { id: nextId++, text };
  set([...notices.slice(-2), notice]);
  setTimeout(() => dismiss(notice.id), 8000);
}

function dismiss(id: number): void {
  set(notices.filter((notice) => notice.id !== id));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Where notices appear: a live region that is there before the first of them. */
export function Notices() {
  const shown = useSyncExternalStore(subscribe, () => notices);
  return (
    <div className="toast-container position-fixed bottom-0 end-0 p-3" role="status">
      {shown.map((notice) => (
        <div className="toast show align-items-center" key={notice.id}>
          <div className="d-flex">
            <div className="toast-body">{notice.text}</div>
            <button
              type="button"
              className="btn-close me-2 m-auto"
              aria-label={t.actions.dismiss}
              onClick={() => dismiss(notice.id)}
            />
          </div>
        </div>
      ))}
    </div>
  );
}
