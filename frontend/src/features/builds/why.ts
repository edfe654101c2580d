import type { Build } from "../../api/schema";
import { t } from "../../i18n";

/** Who a build was made for, and why. */
export function whyOf({ trigger, requested_by, no_cache, origin_build }: Build): string {
  const words = t.builds.trigger;
  const why = {
    add: words.add(requested_by),
    rebuild: words.rebuild(requested_by),
    webhook: words.webhook,
    schedule: words.schedule,
    resume: words.resume(requested_by),
    copy: words.copy(requested_by),
    restore: words.restore(
      origin_build == null ? words.anOlder : words.older(origin_build),
      requested_by,
    ),
  }[trigger];
  return no_cache ? t.builds.withoutCache(why) : why;
}
