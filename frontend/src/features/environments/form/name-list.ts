/** The names in a list with commas between them, each once. */
export function namesIn(typed: string): string[] {
  const names = typed
    .split(/[,;\n]/)
    .map((name) => name.trim())
    .filter(Boolean);
  return [...new Set(names)];
}
