import type { ReactNode } from "react";
import { Link } from "wouter";

import { mayManage, page } from "../../api/page";
import type { Environment } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { Disclosure } from "../../ui/disclosure";
import { Hidden } from "../../ui/hidden";
import { isActive } from "../../ui/status";
import { LogLink } from "./environment-state";
import type { BuildActions } from "./use-build-actions";

/** What is asked before it is done. */
export type Asked = "deletion" | "rebuild" | "copy";

interface EnvironmentActionsProps {
  environment: Environment;
  builds: BuildActions;
  onAsk: (asked: Asked) => void;
  /** Where a build that waits to be published is offered by itself. */
  isOnPage?: boolean;
}

/** The main thing to do with an environment as a button, and the others that one may do. */
export function EnvironmentActions(props: EnvironmentActionsProps) {
  const { environment, builds, onAsk, isOnPage = false } = props;
  const { name, display_name: label, current_build: current } = environment;
  const isManager = mayManage(environment);
  const waiting = isManager ? environment.waiting_build : null;
  return (
    <div className="d-flex gap-2 justify-content-md-end">
      {current ? (
        <Link href={paths.launch(name)} className="btn btn-sm btn-primary">
          {t.environments.actions.start}
          <Hidden>{label}</Hidden>
        </Link>
      ) : waiting ? (
        !isOnPage && (
          <Link href={paths.build(waiting.id)} className="btn btn-sm btn-outline-primary">
            {t.environments.actions.review}
            <Hidden>{label}</Hidden>
          </Link>
        )
      ) : (
        <LogLink environment={environment} className="btn btn-sm btn-outline-primary" />
      )}
      {isManager || mayCopy(environment) ? (
        <Disclosure
          label={
            <>
              {t.environments.actions.more}
              <Hidden>
                {t.environments.actions.moreOf} {label}
              </Hidden>
            </>
          }
        >
          {(current ?? waiting) && <LogLink environment={environment} className="dropdown-item" />}
          {isManager && <ManagerActions {...{ environment, builds, onAsk }} />}
          {mayCopy(environment) && (
            <Item isBusy={false} onClick={() => onAsk("copy")}>
              {t.environments.actions.copy}
              <Hidden>{label}</Hidden>
            </Item>
          )}
          {isManager && (
            <Item isBusy={false} className="text-danger-emphasis" onClick={() => onAsk("deletion")}>
              {t.environments.actions.delete}
              <Hidden>{label}</Hidden>
            </Item>
          )}
        </Disclosure>
      ) : (
        current && (
          <LogLink environment={environment} className="btn btn-sm btn-outline-secondary" />
        )
      )}
    </div>
  );
}

function ManagerActions({ environment, builds, onAsk }: EnvironmentActionsProps) {
  const { name, display_name: label, current_build: current, last_build: last } = environment;
  const { actions } = t.environments;
  return (
    <>
      {last && isActive(last.status) ? (
        <Item isBusy={builds.isCancelling} onClick={builds.cancel}>
          {builds.isCancelling ? actions.cancelling : actions.cancel}
          <Hidden>
            {actions.cancelOf} {label}
          </Hidden>
        </Item>
      ) : (
        <>
          <Item isBusy={builds.isRebuilding} onClick={builds.rebuild}>
            {builds.isRebuilding ? actions.rebuilding : actions.rebuild}
            <Hidden>{label}</Hidden>
          </Item>
          <Item isBusy={builds.isRebuilding} onClick={() => onAsk("rebuild")}>
            {actions.rebuildWith}
            <Hidden>{label}</Hidden>
          </Item>
        </>
      )}
      <Link href={paths.edit(name)} className="dropdown-item">
        {actions.edit}
        <Hidden>{label}</Hidden>
      </Link>
      {current && (
        <Link href={`${paths.environment(name)}#history`} className="dropdown-item">
          {actions.rollBack}
          <Hidden>{label}</Hidden>
        </Link>
      )}
    </>
  );
}

/**
 * Whether there is an image for a copy to begin with. Whom an environment is for is its owner's
 * decision, unless that is everybody.
 */
function mayCopy(environment: Environment): boolean {
  const isOpen = environment.visibility.everyone || mayManage(environment);
  return page.user.mayBuild && isOpen && Boolean(environment.current_build);
}

interface ItemProps {
  isBusy: boolean;
  onClick: () => void;
  className?: string;
  children: ReactNode;
}

function Item({ isBusy, onClick, className = "", children }: ItemProps) {
  return (
    <button
      type="button"
      className={`dropdown-item ${className}`}
      disabled={isBusy}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
