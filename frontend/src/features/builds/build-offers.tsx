import { useState } from "react";
import { flushSync } from "react-dom";
import { Link } from "wouter";

import type { Build, Environment } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { Hidden } from "../../ui/hidden";
import { CurrentDialog } from "./current-dialog";
import type { Change } from "./mutations";
import type { Offer } from "./offers";
import { Restore } from "./restore";

interface BuildOffersProps {
  build: Build;
  environment: Environment;
  offers: readonly Offer[];
  /** Beside others of their kind, where the build is named by what is around. */
  isSmall?: boolean;
  /** Called when the build is current, and the button gone that had the focus. */
  onDone: () => void;
}

/** Servers of a build, making it the one that users get, and the way to an image that is gone. */
export function BuildOffers(props: BuildOffersProps) {
  const { build, environment, offers, isSmall = false, onDone } = props;
  const [asked, setAsked] = useState<Change | null>(null);
  const words = t.builds;
  const size = isSmall ? "btn btn-sm" : "btn";
  const server = paths.launch(environment.name, build.id);
  return (
    <>
      {offers.includes("start") && (
        <Link className={`${size} btn-outline-primary`} href={server}>
          {isSmall ? words.start : words.startThis}
          {isSmall && <Hidden>{words.startFrom(build.id)}</Hidden>}
        </Link>
      )}
      {offers.includes("try") && (
        <Link className={`${size} btn-outline-primary`} href={server}>
          {words.tryIt}
          <Hidden>{words.tryOf(build.id)}</Hidden>
        </Link>
      )}
      {(["publish", "rollback"] as const)
        .filter((change) => offers.includes(change))
        .map((change) => (
          <button
            key={change}
            type="button"
            className={`${size} ${isSmall ? "btn-outline-secondary" : "btn-primary"}`}
            onClick={() => setAsked(change)}
          >
            {words[change].action}
            <Hidden>{words[change].to(build.id)}</Hidden>
          </button>
        ))}
      {offers.includes("restore") && (
        <Restore
          {...{ build, environment }}
          className={`${size} btn-outline-secondary`}
          hasHint={!isSmall}
        />
      )}
      {asked && (
        <CurrentDialog
          change={asked}
          build={build}
          environment={environment}
          onClose={() => setAsked(null)}
          onDone={() => {
            // Behind an open dialog nothing takes the focus.
            flushSync(() => setAsked(null));
            onDone();
          }}
        />
      )}
    </>
  );
}
