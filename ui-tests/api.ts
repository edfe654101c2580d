import type {
  Build,
  BuildDetail,
  BuildRequest,
  Environment,
  EnvironmentChange,
  EnvironmentList,
  EnvironmentRequest,
  ServerRequest,
} from "../frontend/src/api/schema.ts";

/** The service's API with a user's token, to arrange what a test is not about. */
export class Api {
  constructor(
    private readonly serviceUrl: string,
    private readonly token: string,
  ) {}

  /** Add an environment; its first build is queued. */
  add(request: EnvironmentRequest): Promise<Environment> {
    return this.ask("POST", "api/environments", request);
  }

  /** Add an environment, and wait until it is ready. */
  async addBuilt(request: EnvironmentRequest): Promise<Environment> {
    return this.built(await this.add(request));
  }

  environments(): Promise<EnvironmentList> {
    return this.ask("GET", "api/environments?limit=500");
  }

  environment(name: string): Promise<Environment> {
    return this.ask("GET", `api/environments/${name}`);
  }

  change(name: string, change: EnvironmentChange): Promise<Environment> {
    return this.ask("PATCH", `api/environments/${name}`, change);
  }

  /** Remove an environment; `force` also where servers use it, for administrators. */
  remove(name: string, { force = false } = {}): Promise<void> {
    return this.ask("DELETE", `api/environments/${name}${force ? "?force=true" : ""}`);
  }

  /** Remove all environments that the user may, for tests of an empty list. */
  async removeAll(): Promise<void> {
    for (const environment of (await this.environments()).items) {
      await this.remove(environment.name, { force: true });
    }
  }

  rebuild(name: string, request: BuildRequest = {}): Promise<Build> {
    return this.ask("POST", `api/environments/${name}/builds`, request);
  }

  cancel(build: number): Promise<Build> {
    return this.ask("POST", `api/builds/${build}/cancel`);
  }

  build(build: number): Promise<BuildDetail> {
    return this.ask("GET", `api/builds/${build}`);
  }

  async log(build: number): Promise<string> {
    return (await this.request("GET", `api/builds/${build}/log`)).text();
  }

  /** The build once it has ended, however. */
  async ended(build: number): Promise<BuildDetail> {
    const headers = { Accept: "text/event-stream" };
    await (await this.request("GET", `api/builds/${build}/log`, { headers })).text();
    return this.build(build);
  }

  /** The environment once its last build has succeeded. */
  async built(environment: Environment): Promise<Environment> {
    const id = environment.last_build?.id;
    if (id === undefined) throw new Error(`${environment.name} has no build.`);
    const build = await this.ended(id);
    if (build.status !== "built") {
      throw new Error(`Build ${id}: ${build.status}, ${build.error ?? ""}\n${await this.log(id)}`);
    }
    return this.environment(environment.name);
  }

  /** Ask for a server of the user's own; it takes some seconds to be ready. */
  startServer(request: ServerRequest): Promise<unknown> {
    return this.ask("POST", "api/servers", request);
  }

  /** The JSON of the answer; throws unless it is a good one. */
  async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const text = await (await this.request(method, path, init)).text();
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  private async request(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { "Content-Type": "application/json", Authorization: `token ${this.token}` };
    const answer = await fetch(this.serviceUrl + path, {
      ...init,
      method,
      headers: { ...headers, ...init.headers },
    });
    if (!answer.ok) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    }
    return answer;
  }
}
