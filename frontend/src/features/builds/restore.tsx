import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";

import { mayManage } from "../../api/page";
import type { Build, Environment } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { isGone } from "./offers";
import { buildsQuery } from "./queries";
import { RestoreButton } from "./restore-button";

interface RestoreProps {
  build: Build;
  environment: Environment;
  className: string;
  /** Whether it is said here what this does; many of them have one hint together. */
  hasHint: boolean;
}

/** The way to an image that is gone: the build that brought it back, or who can ask for one. */
export function Restore({ build, environment, className, hasHint }: RestoreProps) {
  const { data } = useQuery(buildsQuery(environment.name));
  const back = data?.items.find(
    (each) => each.origin_build === build.id && each.status === "built" && !isGone(each),
  );
  if (back) {
    return (
      <Link className={className} href={paths.build(back.id)}>
        {t.builds.broughtBack(back.id)}
      </Link>
    );
  }
  if (!mayManage(environment)) return <small>{t.builds.restoreAsk(environment.owner)}</small>;
  return (
    <>
      <RestoreButton build={build} className={className} />
      {hasHint && <small>{t.builds.restoreHint}</small>}
    </>
  );
}
