import { type ReactNode, useEffect, useId, useRef, useState } from "react";

/** A button that shows and hides further ones; Escape, and a click elsewhere, hide them. */
export function Disclosure({
  label,
  children,
  className = "btn btn-sm btn-outline-secondary dropdown-toggle",
}: {
  label: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return;
    const away = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener("pointerdown", away);
    document.addEventListener("focusin", away);
    document.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("focusin", away);
      document.removeEventListener("keydown", escape);
    };
  }, [open]);
  return (
    <div className="dropdown d-inline-block" ref={root}>
      <button
        type="button"
        ref={button}
        className={className}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {label}
      </button>
      <div
        id={id}
        className={`dropdown-menu dropdown-menu-end envbuilder-menu ${open ? "show" : ""}`}
        hidden={!open}
      >
        {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- a click on what is inside has done its work */}
        <div
          onClick={() => {
            setOpen(false);
            // What is hidden cannot have the focus, nor get it back from a dialog.
            button.current?.focus();
          }}
        >
          {children}
        </div>
      </div>
    </div>
  );
}
