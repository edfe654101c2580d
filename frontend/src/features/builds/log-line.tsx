import type { KeyboardEvent } from "react";

import { t } from "../../i18n";
import { anchorOf } from "./anchor";
import type { Block } from "./log-store";
import { LONGEST_SHOWN, type Piece, piecesOf } from "./pieces";
import type { LogSearch } from "./use-search";

interface LogLineProps {
  block: Block;
  line: number;
  search: LogSearch;
  isLinked: boolean;
  isTabStop: boolean;
  onKeyDown: (event: KeyboardEvent) => void;
}

/** One line of the log behind its number, which is a link to it. */
export function LogLine({ block, line, search, isLinked, isTabStop, onKeyDown }: LogLineProps) {
  const content = block.lines.at(line);
  if (!content) return null;
  const number = block.linesBefore + line + 1;
  const more = content.text.length - LONGEST_SHOWN;
  const { current } = search;
  const currentStart = current?.block === block && current.line === line ? current.start : null;
  return (
    <>
      <a
        className="envbuilder-log-number"
        href={`#${anchorOf(block, line)}`}
        aria-label={
          block.number === null
            ? t.builds.log.line(number)
            : t.builds.log.stepLine(number, block.number)
        }
        aria-current={isLinked ? "true" : undefined}
        tabIndex={isTabStop ? 0 : -1}
        onKeyDown={onKeyDown}
      >
        {number}
      </a>
      <span>
        {piecesOf(content, search.pattern).map((piece) => (
          <PieceOfLine
            key={piece.start}
            piece={piece}
            isCurrent={currentStart !== null && piece.match === currentStart}
          />
        ))}
        {more > 0 && <em className="text-body-secondary">{t.builds.log.cut(more)}</em>}
      </span>
    </>
  );
}

function PieceOfLine({ piece, isCurrent }: { piece: Piece; isCurrent: boolean }) {
  let element = <span className={piece.className || undefined}>{piece.text}</span>;
  if (piece.match !== null) {
    element = <mark className={isCurrent ? "envbuilder-log-match" : undefined}>{element}</mark>;
  }
  if (piece.href === null) return element;
  return (
    <a href={piece.href} target="_blank" rel="noreferrer">
      {element}
    </a>
  );
}
