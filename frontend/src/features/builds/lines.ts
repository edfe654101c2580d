/* eslint-disable no-control-regex -- what programs print for terminals has control characters */
import { PLAIN, restyle, type Style } from "./ansi";

/** From where on a line has a style. */
export interface Run {
  readonly start: number;
  readonly style: Style;
}

export interface Line {
  readonly text: string;
  /** In order; empty for a line that is plain from its start to its end. */
  readonly runs: readonly Run[];
}

const PLAIN_LINE: readonly Run[] = [];

/** A style's sequence, other sequences of terminals, ends of lines, and text. */
const TOKENS =
  /\x1b\[([\d;:]*)m|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]|\n|\r|[^\x00-\x08\x0a-\x1f\x7f]+/g;
const UNFINISHED = /\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[ -/]*)$/;
/** What is longer is no sequence, whatever it began as. */
const LONGEST_SEQUENCE = 4096;

/**
 * The lines of output that comes in pieces, as a terminal shows them: a carriage return lets what
 * follows take the line's place, and a style goes on over the ends of lines.
 */
export class Lines {
  readonly #lines: Line[] = [];
  #style = PLAIN;
  #rest = "";
  #text = "";
  #runs: Run[] = [];
  #isReturned = false;
  #isOpen = false;
  #longest = 0;

  get count(): number {
    return this.#lines.length;
  }

  /** How many lines are complete; the one behind them may still change. */
  get complete(): number {
    return this.#isOpen ? this.count - 1 : this.count;
  }

  /** Characters of the longest line. */
  get longest(): number {
    return this.#longest;
  }

  text(): string {
    return this.#lines.map((line) => `${line.text}\n`).join("");
  }

  at(index: number): Line | undefined {
    return this.#lines[index];
  }

  feed(piece: string): void {
    let text = this.#rest + piece;
    const unfinished = UNFINISHED.exec(text)?.[0] ?? "";
    this.#rest = unfinished.length > LONGEST_SEQUENCE ? "" : unfinished;
    text = text.slice(0, text.length - unfinished.length);
    if (this.#isOpen) this.#lines.pop();
    for (const [token, parameters] of text.matchAll(TOKENS)) {
      if (parameters !== undefined) this.#style = restyle(this.#style, parameters);
      else if (token === "\n") this.#end();
      else if (token === "\r") this.#isReturned = true;
      else if (!token.startsWith("\x1b")) this.#write(token);
    }
    this.#isOpen = this.#text !== "";
    if (this.#isOpen) this.#lines.push(this.#line());
  }

  #write(text: string): void {
    if (this.#isReturned) {
      this.#text = "";
      this.#runs = [];
      this.#isReturned = false;
    }
    const style = this.#runs.at(-1)?.style ?? PLAIN;
    if (style !== this.#style) this.#runs.push({ start: this.#text.length, style: this.#style });
    this.#text += text;
    this.#longest = Math.max(this.#longest, this.#text.length);
  }

  #end(): void {
    this.#lines.push(this.#line());
    this.#text = "";
    this.#runs = [];
    this.#isReturned = false;
  }

  #line(): Line {
    return { text: this.#text, runs: this.#runs.length > 0 ? [...this.#runs] : PLAIN_LINE };
  }
}
