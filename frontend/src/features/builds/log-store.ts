import type { BuildStatus, LogText, Step, StatusChange, StepProgress } from "../../api/schema";
import { Lines } from "./lines";

/** What one step printed, or what the service said between two steps. */
export interface Block {
  /** Place among all steps, from 1; null where the service speaks. */
  readonly number: number | null;
  /** Lines of the service before this block: its lines are numbered through. */
  readonly linesBefore: number;
  readonly lines: Lines;
  step: Step | null;
  /** Whether the service died while the step ran; the build went on with it anew. */
  isInterrupted: boolean;
  /** What the step transfers, by name. */
  readonly transfers: Map<string, StepProgress>;
}

/** One server-sent event of a log. */
export interface LogEvent {
  id?: string | undefined;
  event?: string | undefined;
  data: string;
}

/** The log of one build, kept outside React; listeners hear of changes once per frame at most. */
export class LogStore {
  readonly blocks: Block[] = [];
  /** What the log says last of the build. */
  status: BuildStatus | null = null;
  /** Counts what listeners were told, so that they see whether they have seen it. */
  version = 0;
  #position = 0;
  #steps = 0;
  /** The blocks of the steps since the build was queued, last: a restart begins steps anew. */
  #current = new Map<string, Block>();
  #listeners = new Set<() => void>();
  #isDue = false;

  constructor(
    private readonly schedule: (tell: () => void) => void = (tell) => requestAnimationFrame(tell),
  ) {}

  /** The id of the last event that is in the store, to go on after. */
  get lastEventId(): string | undefined {
    return this.#position ? String(this.#position) : undefined;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** All that was printed, in the order of the blocks, without what terminals make of it. */
  text(): string {
    return this.blocks.map(({ lines }) => lines.text()).join("");
  }

  /** Take in an event; one that is known already, from a stream that began again, changes nothing. */
  feed({ id, event, data }: LogEvent): void {
    const position = Number(id ?? 0);
    if (position <= this.#position) return;
    this.#position = position;
    const said: unknown = JSON.parse(data);
    if (event === "log") this.#addText(said as LogText);
    else if (event === "step") this.#addStep(said as Step);
    else if (event === "status") this.#addStatus(said as StatusChange);
    else if (event === "progress") this.#addProgress(said as StepProgress);
    this.#tell();
  }

  #addText({ step, text }: LogText): void {
    if (step) this.#blockOf(step).lines.feed(text);
    else this.#addServiceText(text);
  }

  #addServiceText(text: string): void {
    const block = this.#serviceBlock();
    // Where the log is one text, an empty line sets the service apart from a step; rows do that here.
    block.lines.feed(block.lines.count === 0 ? text.replace(/^\n/, "") : text);
  }

  #addStep(step: Step): void {
    const isCutOff = step.status === "cancelled" || step.status === "failed";
    // A step that was interrupted may be told to have ended without having begun again.
    const earlier = isCutOff && this.blocks.filter((block) => block.step?.id === step.id).at(-1);
    const block = earlier || this.#blockOf(step.id);
    block.step = step;
    if (step.status !== "running") block.transfers.clear();
  }

  #addStatus({ status }: StatusChange): void {
    this.status = status;
    if (status !== "queued") return;
    for (const block of this.#current.values()) {
      if (block.step?.status === "running") block.isInterrupted = true;
    }
    this.#current.clear();
  }

  #addProgress(progress: StepProgress): void {
    this.#blockOf(progress.step).transfers.set(progress.name, progress);
  }

  #serviceBlock(): Block {
    const last = this.blocks.at(-1);
    if (last?.step === null) return last;
    const own = this.blocks.filter((block) => block.step === null);
    return this.#add(
      null,
      own.reduce((sum, { lines }) => sum + lines.count, 0),
    );
  }

  #blockOf(id: string): Block {
    const known = this.#current.get(id);
    if (known) return known;
    const block = this.#add({ id, name: id, status: "running" }, 0);
    this.#current.set(id, block);
    return block;
  }

  #add(step: Step | null, linesBefore: number): Block {
    const block: Block = {
      number: step && ++this.#steps,
      linesBefore,
      lines: new Lines(),
      step,
      isInterrupted: false,
      transfers: new Map(),
    };
    this.blocks.push(block);
    return block;
  }

  #tell(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.schedule(() => {
      this.#isDue = false;
      this.version++;
      this.#listeners.forEach((listener) => listener());
    });
  }
}
