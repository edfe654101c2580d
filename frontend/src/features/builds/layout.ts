import type { Block } from "./log-store";

/** A row of the log: a line of a block, or the head of a step. */
export interface Row {
  readonly block: Block;
  /** Index of the line; null for a step's head. */
  readonly line: number | null;
}

/** Which row of the log is where, with only open steps' lines among them; rows are made when asked for. */
export class Layout {
  readonly #starts: number[] = [];
  readonly count: number;
  /** Characters of the longest line of all blocks. */
  readonly longestLine: number;
  /** The highest number of a line. */
  readonly highestNumber: number;

  constructor(
    private readonly blocks: readonly Block[],
    isOpen: (block: Block) => boolean,
  ) {
    let count = 0;
    for (const block of blocks) {
      this.#starts.push(count);
      count += headsOf(block) + (block.step === null || isOpen(block) ? block.lines.count : 0);
    }
    this.count = count;
    const numbers = blocks.map(({ linesBefore, lines }) => linesBefore + lines.count);
    this.highestNumber = Math.max(0, ...numbers);
    this.longestLine = Math.max(0, ...blocks.map(({ lines }) => lines.longest));
  }

  /** The row at an index from 0; undefined behind the last one. */
  at(index: number): Row | undefined {
    if (index < 0 || index >= this.count) return undefined;
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    const block = this.blocks[low];
    if (!block) return undefined;
    const line = index - (this.#starts[low] ?? 0) - headsOf(block);
    return { block, line: line < 0 ? null : line };
  }

  /** Where a line is, or a step's head; of a closed step all lines are where its head is. */
  indexOf(block: Block, line: number | null): number {
    const place = this.blocks.indexOf(block);
    const start = this.#starts[place] ?? 0;
    const end = this.#starts[place + 1] ?? this.count;
    const index = line === null ? start : start + headsOf(block) + line;
    return index < end ? index : start;
  }
}

function headsOf(block: Block): number {
  return block.step === null ? 0 : 1;
}
