/** Go to a server; the way back leads to where the person came from, not to the launch again. */
export function leaveFor(url: string): void {
  location.replace(url);
}
