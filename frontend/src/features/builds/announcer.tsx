import { useEffect, useRef, useState } from "react";

import { t } from "../../i18n";
import type { LogStore } from "./log-store";
import { stateOf } from "./step-state";

/** Milliseconds between two announcements at least. */
const PAUSE = 5000;

/** Says how the build gets on to those who do not see it, the latest only and not all the time. */
export function Announcer({ store }: { store: LogStore }) {
  return (
    <p className="visually-hidden" role="status">
      {useCalm(newsOf(store))}
    </p>
  );
}

function newsOf({ blocks, status }: LogStore): string {
  if (!status) return "";
  const running = blocks.filter((block) => stateOf(block) === "running").at(-1);
  if (!running?.step) return t.status[status];
  return t.builds.stepNamed(t.status[status], running.step.name);
}

function useCalm(text: string): string {
  const [told, setTold] = useState("");
  const last = useRef(0);
  useEffect(() => {
    const tell = () => {
      last.current = Date.now();
      setTold(text);
    };
    const timer = setTimeout(tell, Math.max(0, last.current + PAUSE - Date.now()));
    return () => clearTimeout(timer);
  }, [text]);
  return told;
}
