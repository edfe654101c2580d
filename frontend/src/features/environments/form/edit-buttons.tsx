import { Link } from "wouter";

import { paths } from "../../../app/navigation";
import { t } from "../../../i18n";

/** The value of the button that also queues a build. */
export const REBUILD = "rebuild";

interface EditButtonsProps {
  name: string;
  isSending: boolean;
  /** Whether there is a change that only a build brings to people. */
  isForBuild: boolean;
}

export function EditButtons({ name, isSending, isForBuild }: EditButtonsProps) {
  const texts = t.environments.form.edit;
  return (
    <>
      <div role="status" className="w-100 text-body-secondary">
        {isForBuild && texts.needsRebuild}
      </div>
      {isForBuild && (
        <button
          type="submit"
          className="btn btn-primary"
          name="action"
          value={REBUILD}
          disabled={isSending}
        >
          {isSending ? texts.saving : texts.saveAndRebuild}
        </button>
      )}
      <button
        type="submit"
        className={`btn ${isForBuild ? "btn-outline-primary" : "btn-primary"}`}
        disabled={isSending}
      >
        {isSending && !isForBuild ? texts.saving : t.actions.save}
      </button>
      <Link className="btn btn-outline-secondary" href={paths.environment(name)}>
        {t.actions.cancel}
      </Link>
    </>
  );
}
