import { useCallback, useState } from "react";

import type { Block } from "./log-store";

/** Which steps' lines are shown: those that run or failed, and what the person has opened or closed. */
export function useOpened(isFollowing: boolean, blocks: readonly Block[]) {
  const [chosen, setChosen] = useState<ReadonlyMap<Block, boolean>>(new Map());
  const [kept, setKept] = useState<ReadonlySet<Block> | null>(null);
  // What somebody reads is not closed because it has come to its end.
  if (!isFollowing && !kept) setKept(new Set(blocks.filter(opensByItself)));
  if (isFollowing && kept) setKept(null);

  const isOpen = useCallback(
    (block: Block) => chosen.get(block) ?? (opensByItself(block) || (kept?.has(block) ?? false)),
    [chosen, kept],
  );
  const choose = useCallback(
    (block: Block, open: boolean) => setChosen((all) => new Map(all).set(block, open)),
    [],
  );
  return { isOpen, choose };
}

function opensByItself({ step, isInterrupted }: Block): boolean {
  return step?.status === "failed" || (step?.status === "running" && !isInterrupted);
}
