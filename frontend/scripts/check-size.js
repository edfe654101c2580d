// Fail when a page loads more script than it may: its entry, and all that the entry imports at once.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const LIMIT = 120_000; // bytes as they are sent to every browser of today: compressed by Brotli
const folder = new URL("../../tljh_envbuilder/web/static/", import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));

function filesOf(key, seen = new Set()) {
  if (!seen.has(key)) {
    seen.add(key);
    for (const imported of manifest[key].imports ?? []) filesOf(imported, seen);
  }
  return seen;
}

function sizeOf(keys) {
  const files = [...new Set(keys.map((key) => manifest[key].file))];
  return files.reduce((sum, file) => sum + statSync(join(folder, `${file}.br`)).size, 0);
}

let failed = false;
const entries = Object.keys(manifest).filter((key) => manifest[key].isEntry);
for (const entry of entries) {
  const first = [...filesOf(entry)];
  // The page that needs most: the entry with each part that is loaded later, one at a time.
  const parts = manifest[entry].dynamicImports ?? [];
  const sizes = parts.map((part) => [part, sizeOf([...new Set([...first, ...filesOf(part)])])]);
  for (const [name, size] of [[entry, sizeOf(first)], ...sizes]) {
    const verdict = size > LIMIT ? "TOO LARGE" : "ok";
    failed ||= size > LIMIT;
    console.log(
      `${(size / 1000).toFixed(1).padStart(6)} kB of ${LIMIT / 1000}  ${name}  ${verdict}`,
    );
  }
}
process.exit(failed ? 1 : 0);
