import { useLocation } from "wouter";

import type { Build } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { ErrorAlert } from "../../ui/alert";
import { Hidden } from "../../ui/hidden";
import { notify } from "../../ui/notices";
import { useRestore } from "./mutations";

/** Queues a build that brings back the image of an older one, and goes there. */
export function RestoreButton({ build, className }: { build: Build; className: string }) {
  const [, navigate] = useLocation();
  const restore = useRestore(build.environment);
  const words = t.builds;
  return (
    <>
      <button
        type="button"
        className={className}
        disabled={restore.isPending}
        onClick={() =>
          restore.mutate(build.id, {
            onSuccess: ({ id }) => {
              // Somebody else may have been faster.
              if (id === build.id) notify(words.restored(id));
              else navigate(paths.build(id));
            },
          })
        }
      >
        {restore.isPending ? words.restoring : words.restore}
        <Hidden>{words.restoreOf(build.id)}</Hidden>
      </button>
      {restore.error && (
        <div className="w-100">
          <ErrorAlert error={restore.error} />
        </div>
      )}
    </>
  );
}
