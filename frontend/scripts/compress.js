// Put a compressed copy beside each file, so that nothing is compressed while somebody waits.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

export const folder = new URL("../../tljh_envbuilder/web/static/", import.meta.url).pathname;

for (const name of readdirSync(folder)) {
  if (/\.(js|css|svg)$/.test(name)) {
    const content = readFileSync(join(folder, name));
    writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content));
  }
}
