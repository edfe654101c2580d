import { Component, type ReactNode } from "react";

import { t } from "../i18n";

/** A fault of ours leaves a page that says so. */
export class Boundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render(): ReactNode {
    if (!this.state.error) return this.props.children;
    return (
      <div className="alert alert-danger" role="alert">
        <p>{t.errors.crashed}</p>
        <p className="font-monospace">{this.state.error.message}</p>
        <button type="button" className="btn btn-danger" onClick={() => location.reload()}>
          {t.errors.reload}
        </button>
      </div>
    );
  }
}
