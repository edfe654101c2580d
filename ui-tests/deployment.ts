import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import type { Files } from "./repositories.ts";

const CHECKOUT = fileURLToPath(new URL("..", import.meta.url));

/** Milliseconds that the server has to take down what it started. */
const PATIENCE = 300_000;

/** What `python -m dev.ui_test_server` says of itself. */
interface Said {
  hub_url: string;
  service_url: string;
  control_url: string;
  password: string;
  base_image: string;
  singleuser_image: string;
  hub_log: string;
}

export interface Repository {
  /** Address for the service. */
  url: string;
  /** The full commit of its default branch. */
  commit: string;
}

/**
 * A real Hub, service, engine and git server. `ada` is an administrator, `barbara` is in the group
 * "lecturers" and may add environments, `grace` and `linus` are users; any other name can log in, too.
 */
export class Deployment {
  private constructor(
    private readonly process: ChildProcess,
    private readonly said: Said,
  ) {}

  /** With a registry each build is pushed to it. */
  static async start({ withRegistry }: { withRegistry: boolean }): Promise<Deployment> {
    const python = process.env.PYTHON ?? "python3";
    const options = withRegistry ? ["--registry"] : [];
    const server = spawn(python, ["-m", "dev.ui_test_server", ...options], {
      cwd: CHECKOUT,
      stdio: ["pipe", "pipe", "inherit"],
      // Ctrl-C is for us; the server ends when we close its input, or are no more.
      detached: true,
    });
    const failed = once(server, "exit").then(([code]) => {
      throw new Error(`dev.ui_test_server ended with ${String(code)}; its reason is above.`);
    });
    const line = once(createInterface(server.stdout), "line");
    const [text] = (await Promise.race([line, failed])) as [string];
    failed.catch(() => undefined);
    return new Deployment(server, JSON.parse(text) as Said);
  }

  /** End it with all that it started; nothing is left on the engine. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const ended = once(this.process, "exit");
    this.process.stdin?.end();
    const killing = setTimeout(() => this.process.kill("SIGKILL"), PATIENCE);
    await ended;
    clearTimeout(killing);
  }

  /** With a slash at the end. */
  get hubUrl(): string {
    return this.said.hub_url;
  }

  /** With a slash at the end. */
  get serviceUrl(): string {
    return this.said.service_url;
  }

  /** Everybody's. */
  get password(): string {
    return this.said.password;
  }

  /** An image on the engine with Python and pip; servers cannot run from it. */
  get baseImage(): string {
    return this.said.base_image;
  }

  /** An image on the engine that servers run from, as do images made from it. */
  get singleuserImage(): string {
    return this.said.singleuser_image;
  }

  /** A file with what the Hub and the service log. */
  get hubLog(): string {
    return this.said.hub_log;
  }

  /** Make a repository on the git server, which asks for a login if it is private. */
  addRepository(
    name: string,
    files: Files,
    login?: { username: string; password: string },
  ): Promise<Repository> {
    return this.control("repositories", { name, files, ...(login && { private: login }) });
  }

  /** Push a commit to a repository; a file that is null is removed. */
  commit(
    name: string,
    files: Record<string, string | null>,
    more: { message?: string; branch?: string; tag?: string } = {},
  ): Promise<{ commit: string }> {
    return this.control(`repositories/${encodeURIComponent(name)}/commits`, { files, ...more });
  }

  /** Take the engine away from the service. The fixture gives it back after the test. */
  async cutEngine(): Promise<void> {
    await this.control("engine/cut");
  }

  async restoreEngine(): Promise<void> {
    await this.control("engine/restore");
  }

  /** Kill the service; the Hub starts it again within some 2 seconds. */
  async killService(): Promise<void> {
    await this.control("service/kill");
  }

  /** A Hub token with all that the user may do. */
  async token(user: string): Promise<string> {
    return (await this.control<{ token: string }>("hub/tokens", { user })).token;
  }

  /** Take back what all browsers hold in the user's name; `endSession` is what a page's test wants. */
  async expireSessions(user: string): Promise<void> {
    await this.control("sessions/expire", { user });
  }

  /** Put a user into groups and take them out of others; gives those they are in. */
  async changeGroups(
    user: string,
    change: { add?: string[]; remove?: string[] },
  ): Promise<string[]> {
    const path = `users/${encodeURIComponent(user)}/groups`;
    return (await this.control<{ groups: string[] }>(path, change)).groups;
  }

  /** Stop the user's servers, or everybody's, and wait until they are gone. */
  async stopServers(user?: string): Promise<void> {
    await this.control("servers/stop", user === undefined ? {} : { user });
  }

  private async control<T>(path: string, body: object = {}): Promise<T> {
    const answer = await fetch(this.said.control_url + path, {
      method: "POST",
      body: JSON.stringify(body),
    });
    const content = (await answer.json()) as T & { message?: string };
    if (!answer.ok) throw new Error(`${path}: ${content.message ?? answer.status}`);
    return content;
  }
}
