import type { ReactNode } from "react";

/** What a name needs to make sense by itself, where those who see it see it anyway. */
export function Hidden({ children }: { children: ReactNode }) {
  return <span className="visually-hidden"> {children}</span>;
}
