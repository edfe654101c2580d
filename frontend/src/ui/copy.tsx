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
      await toClipboard(typeof text === "string" ? text : await text());
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

/** Browsers give their clipboard to pages that came by TLS; other Hubs' pages answer a copy. */
async function toClipboard(text: string): Promise<void> {
  if (window.isSecureContext) return navigator.clipboard.writeText(text);
  const answer = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
  };
  document.addEventListener("copy", answer);
  const isCopied = document.execCommand("copy");
  document.removeEventListener("copy", answer);
  if (!isCopied) throw new Error("The browser does not copy.");
}
