import type { Block } from "./log-store";

/** The part of an address that names a line: `step-3-L12`, or `L12` for a line of the service's own. */
export function anchorOf(block: Block, line: number): string {
  return block.number === null
    ? `L${block.linesBefore + line + 1}`
    : `step-${block.number}-L${line + 1}`;
}

/** The line that a hash names, as far as the log has come; its number if it has not. */
export function lineOf(hash: string, blocks: readonly Block[]): Place | undefined {
  const found = /^#(?:step-(\d{1,9})-)?L(\d{1,9})$/.exec(hash);
  if (!found) return undefined;
  const number = found[1] === undefined ? null : Number(found[1]);
  const wanted = Number(found[2]) - 1;
  for (const block of blocks) {
    const line = wanted - block.linesBefore;
    if (block.number === number && line >= 0 && line < block.lines.count) return { block, line };
  }
  return undefined;
}

/** A line of a log. */
export interface Place {
  readonly block: Block;
  readonly line: number;
}
