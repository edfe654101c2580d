import type { Build, BuildDetail, Environment, RegistryImage } from "../src/api/schema";

/** A build that succeeded; what is not given is as usual. */
export function aBuild(id: number, changes: Partial<Build> = {}): BuildDetail {
  return {
    id,
    environment: "waves",
    repo_url: "https://git.example.org/waves",
    builder: "auto",
    build_args: {},
    status: "built",
    ref: "main",
    resolved_ref: "8f3c2d1e5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d",
    image: `hub/waves:8f3c2d1`,
    image_size: 3 * 2 ** 30,
    image_removed_at: null,
    trigger: "rebuild",
    requested_by: "barbara",
    no_cache: false,
    created_at: "2026-03-01T12:00:00Z",
    started_at: "2026-03-01T12:00:00Z",
    finished_at: "2026-03-01T12:00:42Z",
    published_at: "2026-03-01T12:00:42Z",
    warnings: [],
    ...changes,
  };
}

/** Where an image of the environment is in a registry. */
export function inRegistry(changes: Partial<RegistryImage> = {}): RegistryImage {
  const name = "registry.example.org/teaching/waves";
  const digest = `sha256:${"0a1b".repeat(16)}`;
  const reference = `${name}@${digest}`;
  return {
    name,
    tag: "8f3c2d1",
    digest,
    reference,
    pull_command: `docker pull ${reference}`,
    ...changes,
  };
}

/** The environment of these builds, the newest of which is its last. */
export function anEnvironment(current: Build | null, last: Build | null): Environment {
  return {
    name: "waves",
    display_name: "Waves and tides",
    ref: "main",
    owner: "barbara",
    current_build: current,
    last_build: last,
  } as Environment;
}

/** A log as a stream, of which more can be said as long as it is open. */
export class ALog {
  #frames: string[] = [];
  #open: ReadableStreamDefaultController<Uint8Array>[] = [];
  /** The `Last-Event-ID` of each request for it. */
  readonly asked: (string | null)[] = [];

  /** What answers a request. */
  readonly answer = (request: Request): Response => {
    this.asked.push(request.headers.get("Last-Event-ID"));
    const since = Number(request.headers.get("Last-Event-ID") ?? 0);
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#open.push(controller);
        this.#frames.slice(since).forEach((frame) => controller.enqueue(bytesOf(frame)));
      },
    });
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  };

  say(event: string, data: object): this {
    const frame = `id: ${this.#frames.length + 1}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    this.#frames.push(frame);
    this.#open.forEach((controller) => controller.enqueue(bytesOf(frame)));
    return this;
  }

  step(id: string, status: string, more: object = {}): this {
    return this.say("step", { id, name: `RUN ${id}`, status, cached: false, ...more });
  }

  printed(text: string, step: string | null = null): this {
    return this.say("log", { text, stream: "stdout", step });
  }

  /** The build has come to another status; the last ones end the streams. */
  became(status: string): this {
    this.say("status", { status });
    if (["built", "failed", "cancelled"].includes(status)) this.cut();
    return this;
  }

  /** The connections end. */
  cut(): void {
    this.#open.splice(0).forEach((controller) => controller.close());
  }
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
