import { Link } from "wouter";

import type { Environment } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { formatSize } from "../../i18n/format";
import { ErrorAlert } from "../../ui/alert";
import { titleOf } from "../servers/names";
import { StartProgress } from "../servers/start-progress";
import type { Launch } from "./address";
import { OtherServer } from "./other-server";
import { useLaunch } from "./use-launch";

interface LaunchingProps {
  environment: Environment;
  launch: Launch;
}

/** Opens the server that runs the environment, or starts one and then opens it. */
export function Launching({ environment, launch }: LaunchingProps) {
  const stage = useLaunch(environment, launch);
  switch (stage.kind) {
    case "refused":
      return <ErrorAlert error={stage.error} onRetry={stage.retry} />;
    case "looking":
      return <p role="status">{t.launch.looking}</p>;
    case "waiting":
      return <p role="status">{stage.isStopping ? t.launch.stopping : t.launch.settling}</p>;
    case "asking":
      return <OtherServer {...{ environment, launch }} server={stage.server} taken={stage.taken} />;
    case "opening":
      return (
        <>
          <p role="status">{t.launch.opening}</p>
          <a className="btn btn-primary" href={stage.url}>
            {t.launch.openNow}
          </a>
        </>
      );
    case "starting":
      return (
        <>
          <p className="text-body-secondary">{describe(stage.start.serverName, launch)}</p>
          <StartProgress start={stage.start} onCancel={stage.onCancel} />
        </>
      );
    case "failed":
      return (
        <>
          <p>{t.servers.failed(titleOf(stage.start.serverName))}</p>
          <StartProgress start={stage.start} />
          <OtherWays />
        </>
      );
    case "cancelled":
      return (
        <>
          <p role="status">{t.launch.cancelled}</p>
          <button type="button" className="btn btn-primary" onClick={stage.again}>
            {t.launch.again}
          </button>
          <OtherWays />
        </>
      );
  }
}

/** Which server is started, as what the heading names. */
function describe(serverName: string, { profile, ownSize }: Launch): string {
  const title = titleOf(serverName);
  const machine = ownSize ? formatSize(ownSize) : profile;
  return machine === null ? t.launch.server(title) : t.launch.serverOn(title, machine);
}

function OtherWays() {
  return (
    <p className="d-flex flex-wrap gap-3 mt-3">
      <Link href={"/launch"}>{t.launch.chooseOther}</Link>
      <Link href={paths.servers}>{t.launch.toServers}</Link>
    </p>
  );
}
