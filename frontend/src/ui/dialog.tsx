import { type ReactNode, useId, useLayoutEffect, useRef } from "react";

import { t } from "../i18n";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Buttons; "Cancel" stands before them. */
  footer?: ReactNode;
}

/** A modal dialog: the browser's own, which holds the focus, gives it back and closes on Escape. */
export function Dialog({ title, onClose, children, footer }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  // In time for the browser to give the focus back: not when the dialog is out of the page already.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="envbuilder-dialog"
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className="modal-header p-3">
        <h2 className="modal-title fs-5" id={heading}>
          {title}
        </h2>
        <button
          type="button"
          className="btn-close"
          aria-label={t.actions.close}
          onClick={onClose}
        />
      </div>
      <div className="modal-body p-3">{children}</div>
      {footer && (
        <div className="modal-footer gap-2 p-3">
          <button type="button" className="btn btn-outline-secondary" onClick={onClose}>
            {t.actions.cancel}
          </button>
          {footer}
        </div>
      )}
    </dialog>
  );
}
