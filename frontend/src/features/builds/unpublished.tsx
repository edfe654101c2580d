import { Link } from "wouter";

import type { Build, Environment } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { BuildOffers } from "./build-offers";
import { offersOf } from "./offers";

interface UnpublishedProps {
  build: Build;
  environment: Environment;
  /** Whether there is a way to the build's own page. */
  isLinked?: boolean;
  onDone: () => void;
}

/** That users do not get a build yet, with ways to try it and to let them. */
export function Unpublished({ build, environment, isLinked, onDone }: UnpublishedProps) {
  const words = t.builds.unpublished;
  const offers = offersOf(build, environment).filter((each) => ["try", "publish"].includes(each));
  return (
    // No live region: it has buttons, and the state beside it is heard when it changes.
    <div className="alert alert-info">
      <p className={offers.length > 0 ? "mb-1" : "mb-0"}>{words.text(build.id)}</p>
      {offers.includes("try") && <p>{words.hint}</p>}
      <div className="d-flex flex-wrap align-items-center gap-2">
        <BuildOffers build={build} environment={environment} offers={offers} onDone={onDone} />
        {isLinked && (
          <Link className="alert-link" href={paths.build(build.id)}>
            {words.see(build.id)}
          </Link>
        )}
      </div>
    </div>
  );
}
