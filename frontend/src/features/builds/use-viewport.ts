import { useLayoutEffect, useRef, useState } from "react";

/** Pixels of one row at the reader's size of text. */
function readRowHeight(): number {
  return 1.5 * (parseFloat(getComputedStyle(document.documentElement).fontSize) || 16);
}

/** Rows that are made above and below those in view, so that scrolling finds them there. */
const BEYOND = 20;

/** A box in which many rows of one height scroll, of which only those near the view are made. */
export function useViewport() {
  const box = useRef<HTMLDivElement>(null);
  const [rowHeight] = useState(readRowHeight);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !("ResizeObserver" in window)) return;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  return {
    box,
    rowHeight,
    /** The rows to make, from the first up to but not including the last. */
    first: Math.max(0, Math.floor(top / rowHeight) - BEYOND),
    last: Math.ceil((top + height) / rowHeight) + BEYOND,
    /** The first row in view. */
    topmost: Math.ceil(top / rowHeight),
    /** To be called when the box has been scrolled. */
    scrolled: () => setTop(box.current?.scrollTop ?? 0),
    /** Bring a row into the middle of the view, unless it is in view. */
    reveal: (index: number) => {
      const element = box.current;
      if (!element) return;
      const [start, end] = [element.scrollTop, element.scrollTop + element.clientHeight];
      if (index * rowHeight >= start && (index + 1) * rowHeight <= end) return;
      element.scrollTop = (index + 0.5) * rowHeight - element.clientHeight / 2;
      setTop(element.scrollTop);
    },
    revealEnd: () => {
      const element = box.current;
      if (!element) return;
      element.scrollTop = element.scrollHeight;
      setTop(element.scrollTop);
    },
  };
}
