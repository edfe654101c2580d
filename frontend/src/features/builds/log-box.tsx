import { type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";

import type { Place } from "./anchor";
import type { Layout, Row } from "./layout";
import { LogLine } from "./log-line";
import type { Block } from "./log-store";
import { LONGEST_SHOWN } from "./pieces";
import { StepHead } from "./step-head";
import type { LogSearch } from "./use-search";
import { useViewport } from "./use-viewport";

/** A line to show; one that was asked for brings the whole box into view. */
export interface Target extends Place {
  readonly isAskedFor: boolean;
}

interface LogBoxProps {
  label: string;
  layout: Layout;
  /** Changes when the log has grown. */
  version: number;
  isOpen: (block: Block) => boolean;
  onToggle: (block: Block) => void;
  search: LogSearch;
  /** The line that the address names. */
  linked: Place | undefined;
  /** The line to bring into view, once. */
  target: Target | null;
  onTargetReached: () => void;
  isFollowing: boolean;
  onFollow: (isFollowing: boolean) => void;
}

/** The rows of a log in a box of their own, of which only those near the view are in the document. */
export function LogBox(props: LogBoxProps) {
  const { label, layout, version, isOpen, onToggle, search, linked, target, isFollowing } = props;
  const view = useViewport();
  const lastTop = useRef(0);
  const [focused, setFocused] = useState<Row | null>(null);

  useLayoutEffect(() => {
    if (isFollowing) view.revealEnd();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- not when a step is opened
  }, [isFollowing, version]);
  useLayoutEffect(() => {
    if (!target) return;
    view.reveal(layout.indexOf(target.block, target.line));
    if (target.isAskedFor) view.box.current?.scrollIntoView?.({ block: "nearest" });
    props.onTargetReached();
  });

  function scrolled(): void {
    const box = view.box.current;
    if (!box) return;
    const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < view.rowHeight;
    if (isAtEnd) props.onFollow(true);
    // What has grown below is not the person's doing; what goes up is.
    else if (box.scrollTop < lastTop.current) props.onFollow(false);
    lastTop.current = box.scrollTop;
    view.scrolled();
  }

  function followByKey(event: KeyboardEvent): void {
    // By itself the browser scrolls to where the end is now, which a log that grows leaves behind.
    if (event.key !== "End" || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    view.revealEnd();
    props.onFollow(true);
  }

  function moveByKey(event: KeyboardEvent, index: number): void {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    let next = index + by;
    while (layout.at(next)?.line === null) next += by;
    const row = layout.at(next);
    if (!row) return;
    props.onFollow(false);
    view.reveal(next);
    setFocused(row);
    requestAnimationFrame(() =>
      view.box.current?.querySelector<HTMLElement>(`[data-row="${next}"] > a`)?.focus(),
    );
  }

  const focusedIndex = focused && layout.indexOf(focused.block, focused.line);
  const indices: number[] = [];
  for (let index = view.first; index < Math.min(view.last, layout.count); index++) {
    indices.push(index);
  }
  // What has the focus stays, however far one scrolls away from it.
  if (focusedIndex !== null && !indices.includes(focusedIndex)) {
    if (focusedIndex < view.first) indices.unshift(focusedIndex);
    else indices.push(focusedIndex);
  }
  // One number only is reached by Tab; arrows go from there to the others.
  const tabStop =
    focused?.line != null
      ? focusedIndex
      : indices.find((index) => index >= view.topmost && layout.at(index)?.line !== null);

  const digits = String(layout.highestNumber).length;
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- it only notes where the focus is
    <div
      ref={view.box}
      className="envbuilder-log"
      role="region"
      aria-label={label}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also by keyboard
      tabIndex={0}
      onScroll={scrolled}
      onKeyDown={followByKey}
      onFocus={(event) => setFocused(layout.at(indexOf(event.target)) ?? null)}
      onBlur={() => setFocused(null)}
      hidden={layout.count === 0}
    >
      <div
        className="envbuilder-log-rows"
        style={{
          height: layout.count * view.rowHeight,
          width: `${Math.min(layout.longestLine, LONGEST_SHOWN) + digits + 6}ch`,
          ["--envbuilder-digits" as string]: digits,
        }}
      >
        {indices.map((index) => {
          const row = layout.at(index);
          if (!row) return null;
          const { block, line } = row;
          const isLinked = linked?.block === block && linked.line === line;
          return (
            <div
              key={
                block.number === null ? `L${block.linesBefore}-${line}` : `${block.number}-${line}`
              }
              className={`envbuilder-log-row ${isLinked ? "envbuilder-log-linked" : ""}`}
              style={{ top: index * view.rowHeight, height: view.rowHeight }}
              data-row={index}
            >
              {line === null ? (
                <StepHead block={block} isOpen={isOpen(block)} onToggle={onToggle} />
              ) : (
                <LogLine
                  block={block}
                  line={line}
                  search={search}
                  isLinked={isLinked}
                  isTabStop={index === tabStop}
                  onKeyDown={(event) => moveByKey(event, index)}
                />
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** The index of the row that an element is in; -1 for one that is in none. */
function indexOf(element: Element): number {
  const row = element.closest<HTMLElement>("[data-row]");
  return row ? Number(row.dataset["row"]) : -1;
}
