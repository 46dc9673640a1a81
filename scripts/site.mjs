// Finishes the site: a `.br` and a `.gz` beside every file that shrinks, and `site.json` with the hash of it all,
// under which the server gives the files out (`/_a/<hash>/…`) as unchanging.
// node site.mjs FOLDER [dev]

import { createHash } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const [folder, mode] = process.argv.slice(2);
const shrinks = /\.(css|html|js|json|map|mjs|svg|txt|wasm|webmanifest|xml)$/;
const made = /(\.br|\.gz|^site\.json)$/;

const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
  .sort();

await Promise.all(files.filter((file) => made.test(file)).map((file) => rm(join(folder, file))));

const quality = mode === "dev" ? 4 : constants.BROTLI_MAX_QUALITY;
const hash = createHash("sha256");
const sizes = [];
for (const file of files.filter((file) => !made.test(file))) {
  const bytes = await readFile(join(folder, file));
  hash.update(`${file} ${createHash("sha256").update(bytes).digest("hex")}\n`);
  if (!shrinks.test(file)) continue;
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
    promisify(gzip)(bytes, { level: mode === "dev" ? 4 : 9 }),
  ]);
  if (br.length < bytes.length) await writeFile(join(folder, `${file}.br`), br);
  if (gz.length < bytes.length) await writeFile(join(folder, `${file}.gz`), gz);
  sizes.push([file, bytes.length, br.length]);
}
await writeFile(join(folder, "site.json"), `${JSON.stringify({ hash: hash.digest("hex").slice(0, 12) })}\n`);

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(11);
const first = /^(pkg\/frontend\.js|pkg\/frontend_bg\.wasm|style\.css|chart-loader\.js|served\.js|page\.js)$/;
for (const [file, size, br] of sizes) console.log(`${kilobytes(size)} ${kilobytes(br)} br  ${file}`);
const view = sizes.filter(([file]) => first.test(file)).reduce((sum, [, , br]) => sum + br, 0);
console.log(`${"".padStart(11)} ${kilobytes(view)} br  first view of a dashboard, charts apart (goal 250 kB)`);
