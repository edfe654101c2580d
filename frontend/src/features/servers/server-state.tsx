import type { ServerDetail } from "../../api/schema";
import { t } from "../../i18n";

const LOOKS = {
  running: ["success", "✓"],
  starting: ["info", "↻"],
  stopping: ["secondary", "↻"],
  unknown: ["warning", "…"],
} as const;

/** In which state a server is, in a word. */
export function ServerState({ server }: { server: ServerDetail }) {
  const state = stateOf(server);
  const [colour, sign] = LOOKS[state];
  return (
    <span className={`badge text-bg-${colour}`} data-state={state}>
      <span aria-hidden="true">{sign} </span>
      {t.servers.state[state]}
    </span>
  );
}

function stateOf({ pending, ready }: ServerDetail): keyof typeof LOOKS {
  if (pending === "stop") return "stopping";
  if (pending === "spawn") return "starting";
  return ready ? "running" : "unknown";
}
