import { useState } from "react";

import { t } from "../i18n";
import { notify } from "./notices";

interface CopyProps {
  /** What is copied, or how to get it. */
  text: string | (() => Promise<string>);
  /** What the button is called, where "Copy" alone would not tell. */
  label?: string;
  className?: string;
}

export function CopyButton({
  text,
  label,
  className = "btn btn-sm btn-outline-secondary",
}: CopyProps) {
  const [copied, setCopied] = useState(false);
  async function copy() {
    try {
      await navigator.clipboard.writeText(typeof text === "string" ? text : await text());
      setCopied(true);
      notify(t.actions.copied);
      setTimeout(() => setCopied(false), 2000);
    } catch {
      notify(t.errors.failed);
    }
  }
  return (
    <button type="button" className={className} onClick={() => void copy()}>
      {copied ? t.actions.copied : (label ?? t.actions.copy)}
    </button>
  );
}
