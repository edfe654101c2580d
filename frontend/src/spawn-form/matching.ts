/** Whether each word that is looked for is somewhere in the text, in any case and without accents. */
export function matches(text: string, q: string): boolean {
  const plain = simplified(text);
  return simplified(q)
    .split(/\s+/)
    .every((word) => plain.includes(word));
}

function simplified(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
}
