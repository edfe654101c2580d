import { useQuery } from "@tanstack/react-query";
import { useLocation } from "wouter";

import type { Environment, ServerDetail } from "../../api/schema";
import { t } from "../../i18n";
import { ErrorAlert } from "../../ui/alert";
import { buildQuery } from "../builds/queries";
import { useStop } from "../servers/mutations";
import { proposeName, titleOf } from "../servers/names";
import { type Launch, launchPath } from "./address";

interface OtherServerProps {
  environment: Environment;
  launch: Launch;
  /** The server that is in the way. */
  server: ServerDetail;
  /** Names of all servers. */
  taken: readonly string[];
}

/** Asks what to do where something else runs already: another environment, or another build. */
export function OtherServer({ environment, launch, server, taken }: OtherServerProps) {
  const [, navigate] = useLocation();
  const stop = useStop(server.server_name);
  const isTest = useIsTest(launch.build);
  const running = runningOf(server, launch);
  const label = environment.display_name;
  const wanted = launch.build === null ? label : t.launch.build(launch.build, label);
  const name = proposeName(environment.name, taken);
  const { besideHint, besideTest } = t.launch.other;
  const hint = server.is_test || isTest ? besideTest : isTest === false && besideHint;
  return (
    <>
      <h2 className="h4">{t.launch.other.title}</h2>
      <p>{t.launch.other.text(titleOf(server.server_name), running)}</p>
      {stop.error && <ErrorAlert error={stop.error} />}
      <ul className="list-unstyled d-grid gap-3">
        <li>
          <a className="btn btn-primary text-break" href={server.url}>
            {t.launch.other.open(running)}
          </a>
        </li>
        <li>
          <button
            type="button"
            className="btn btn-outline-primary text-break"
            disabled={stop.isPending}
            onClick={() => navigate(launchPath({ ...launch, serverName: name }), { replace: true })}
          >
            {t.launch.other.beside(wanted, name)}
          </button>
          {hint && <div className="form-text">{hint}</div>}
        </li>
        <li>
          {/* Once it has stopped, nothing is in the way, and the launch goes on. */}
          <button
            type="button"
            className="btn btn-outline-danger text-break"
            disabled={stop.isPending}
            onClick={() => stop.mutate()}
          >
            {stop.isPending ? t.launch.other.replacing : t.launch.other.replace(wanted)}
          </button>
          <div className="form-text">
            {server.is_test ? t.launch.other.replaceTest : t.launch.other.replaceHint}
          </div>
        </li>
      </ul>
    </>
  );
}

/** Whether a server of this build will be a test server; undefined until that is known. */
function useIsTest(build: number | null): boolean | undefined {
  const { data } = useQuery({ ...buildQuery(build ?? 0), enabled: build !== null });
  return build === null ? false : data && !data.published_at;
}

/** What runs there; of which build, where that is what makes the difference. */
function runningOf(server: ServerDetail, { environment }: Launch): string {
  const label = server.display_name ?? server.environment ?? t.launch.other.unknown;
  if (server.environment !== environment || server.build === null) return label;
  return t.launch.build(server.build, label);
}
