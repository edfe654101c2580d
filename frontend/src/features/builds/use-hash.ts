import { useSyncExternalStore } from "react";

function subscribe(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}

/** The part of the address that names a place on the page, with its `#`. */
export function useHash(): string {
  return useSyncExternalStore(subscribe, () => location.hash);
}
