import type { ServerDetail } from "../../api/schema";
import type { Launch } from "./address";

/** What a launch does next. */
export type Decision =
  | { kind: "start"; serverName: string }
  | { kind: "join"; server: ServerDetail }
  | { kind: "open"; server: ServerDetail }
  /** Something else runs there: the person decides. */
  | { kind: "ask"; server: ServerDetail }
  /** The server stops, or does not answer yet: it is looked at again. */
  | { kind: "wait"; server: ServerDetail };

type Wanted = Pick<Launch, "environment" | "build" | "serverName">;

/**
 * What to do to get to an environment, with the servers that there are.
 *
 * Without a server's name, any server of the environment will do, and else the default server.
 * A test server will only do where its build is asked for: what is saved there does not last.
 */
export function decide(wanted: Wanted, servers: readonly ServerDetail[]): Decision {
  const { serverName } = wanted;
  const server = targetOf(wanted, servers);
  if (!server) return { kind: "start", serverName: serverName ?? "" };
  if (server.pending === "stop") return { kind: "wait", server };
  if (!isWanted(wanted, server)) return { kind: "ask", server };
  if (server.ready) return { kind: "open", server };
  return { kind: server.pending === "spawn" ? "join" : "wait", server };
}

/** Which build a server runs may not be known while it starts; it is looked at again. */
function isWanted({ environment, build }: Wanted, server: ServerDetail): boolean {
  if (server.environment !== environment) return false;
  if (build === null) return !server.is_test;
  const isKnown = server.build !== null || server.ready;
  return !isKnown || server.build === build;
}

function targetOf(
  { serverName, ...wanted }: Wanted,
  servers: readonly ServerDetail[],
): ServerDetail | undefined {
  const named = (name: string) => servers.find((each) => each.server_name === name);
  if (serverName !== null) return named(serverName);
  const running = servers.filter(
    (each) => each.pending !== "stop" && isWanted({ serverName, ...wanted }, each),
  );
  return running.find((each) => each.ready) ?? running[0] ?? named("");
}
