import type { ServerDetail } from "../../api/schema";

/** What a launch does next. */
export type Decision =
  | { kind: "start"; serverName: string }
  | { kind: "join"; server: ServerDetail }
  | { kind: "open"; server: ServerDetail }
  /** Another environment runs there: the person decides. */
  | { kind: "ask"; server: ServerDetail }
  /** The server stops, or does not answer yet: it is looked at again. */
  | { kind: "wait"; server: ServerDetail };

/**
 * What to do to get to an environment, with the servers that there are.
 *
 * Without a server's name, any server of the environment will do, and else the default server.
 */
export function decide(
  environment: string,
  serverName: string | null,
  servers: readonly ServerDetail[],
): Decision {
  const server = targetOf(environment, serverName, servers);
  if (!server) return { kind: "start", serverName: serverName ?? "" };
  if (server.pending === "stop") return { kind: "wait", server };
  if (server.environment !== environment) return { kind: "ask", server };
  if (server.ready) return { kind: "open", server };
  return { kind: server.pending === "spawn" ? "join" : "wait", server };
}

function targetOf(
  environment: string,
  serverName: string | null,
  servers: readonly ServerDetail[],
): ServerDetail | undefined {
  const named = (name: string) => servers.find((each) => each.server_name === name);
  if (serverName !== null) return named(serverName);
  const running = servers.filter(
    (each) => each.environment === environment && each.pending !== "stop",
  );
  return running.find((each) => each.ready) ?? running[0] ?? named("");
}
