import { classesOf, PLAIN } from "./ansi";
import type { Line } from "./lines";

/** Some text of a line that looks and does the same from its first to its last character. */
export interface Piece {
  readonly start: number;
  readonly text: string;
  readonly className: string;
  /** The address of the link that it is in. */
  readonly href: string | null;
  /** Where the match begins that it is in. */
  readonly match: number | null;
}

/** Longer lines are cut, so that one of a megabyte does not stop the browser; copies have them whole. */
export const LONGEST_SHOWN = 5000;

const ADDRESS = /https?:\/\/[^\s<>"'`]+/g;

interface Span {
  start: number;
  end: number;
}

/** Cut a line where its style changes, and where links and matches begin and end. */
export function piecesOf(line: Line, pattern: RegExp | null): Piece[] {
  const text = line.text.slice(0, LONGEST_SHOWN);
  const links = Array.from(text.matchAll(ADDRESS), linkOf);
  const matches = pattern ? Array.from(text.matchAll(pattern), spanOf) : [];
  const cuts = [...links, ...matches].flatMap(({ start, end }) => [start, end]);
  const edges = [0, ...line.runs.map((run) => run.start), ...cuts, text.length]
    .filter((edge) => edge <= text.length)
    .sort((a, b) => a - b);
  const pieces: Piece[] = [];
  edges.forEach((start, index) => {
    const end = edges[index + 1] ?? start;
    if (end === start) return;
    const link = spanAt(links, start);
    pieces.push({
      start,
      text: text.slice(start, end),
      className: classesOf(line.runs.filter((run) => run.start <= start).at(-1)?.style ?? PLAIN),
      href: link ? text.slice(link.start, link.end) : null,
      match: spanAt(matches, start)?.start ?? null,
    });
  });
  return pieces;
}

function spanAt(spans: readonly Span[], place: number): Span | undefined {
  return spans.find(({ start, end }) => start <= place && place < end);
}

function spanOf(found: RegExpExecArray): Span {
  return { start: found.index, end: found.index + found[0].length };
}

/** What stands behind an address belongs to the sentence; a bracket does unless it was opened in it. */
function linkOf(found: RegExpExecArray): Span {
  let address = found[0];
  for (;;) {
    const last = address.at(-1) ?? "";
    const isUnopened = last === ")" && !address.includes("(");
    if (!isUnopened && !".,;:!?]}".includes(last)) break;
    address = address.slice(0, -1);
  }
  return { start: found.index, end: found.index + address.length };
}
