import type { Place } from "./anchor";
import type { Block } from "./log-store";

export interface Match extends Place {
  /** Where in the line it begins. */
  readonly start: number;
}

/** A pattern for what somebody looks for, in capitals or not. */
export function patternOf(query: string): RegExp {
  return new RegExp(query.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&"), "gi");
}

/** Finds all that matches in a log, also in closed steps; of a log that grows it reads only what is new. */
export class Search {
  readonly #pattern: RegExp;
  readonly #found = new Map<Block, { matches: Match[]; read: number }>();

  constructor(query: string) {
    this.#pattern = patternOf(query);
  }

  /** All matches, in the order in which the log is read. */
  matches(blocks: readonly Block[]): Match[] {
    return blocks.flatMap((block) => [...this.#ofComplete(block), ...this.#ofOpen(block)]);
  }

  #ofComplete(block: Block): Match[] {
    let found = this.#found.get(block);
    if (!found) this.#found.set(block, (found = { matches: [], read: 0 }));
    for (; found.read < block.lines.complete; found.read++) {
      found.matches.push(...this.#inLine(block, found.read));
    }
    return found.matches;
  }

  #ofOpen(block: Block): Match[] {
    const { complete, count } = block.lines;
    return complete < count ? this.#inLine(block, complete) : [];
  }

  #inLine(block: Block, line: number): Match[] {
    const text = block.lines.at(line)?.text ?? "";
    return Array.from(text.matchAll(this.#pattern), ({ index }) => ({ block, line, start: index }));
  }
}
