import { addressOf } from "../../api/page";

/** The link that starts a server, for others; on the usual machine unless one is named. */
export function launchAddress(environment: string, profile: string): string {
  const parameters = new URLSearchParams({ environment, ...(profile && { profile }) });
  return addressOf(`launch?${parameters}`);
}

/** A badge that leads to an address, in Markdown. */
export function badgeMarkdown(text: string, address: string): string {
  return `[![${escapeMarkdown(text)}](${addressOf("assets/badge.svg")})](${address})`;
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#!|]/g, "\\$&");
}
