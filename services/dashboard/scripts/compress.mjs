// Writes a .br and a .gz beside every built file that gets smaller by it, so that no server packs at each request.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const folder = new URL("../dist/", import.meta.url).pathname;
const TEXT = /\.(js|css|svg|json)$/;

for (const entry of await readdir(folder, { recursive: true })) {
  if (!TEXT.test(entry)) continue;
  const path = join(folder, entry);
  const content = await readFile(path);
  const packed = {
    br: brotliCompressSync(content, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
    }),
    gz: gzipSync(content, { level: 9 }),
  };
  for (const [suffix, bytes] of Object.entries(packed)) {
    if (bytes.length < content.length * 0.95) await writeFile(`${path}.${suffix}`, bytes);
  }
}
