/**
 * Builds the script: bundled, minified, compressed, under its stable address and under one that never changes its bytes.
 * Writes into SITE_DIR, or the repository's target/site.
 */

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';

const here = dirname(fileURLToPath(import.meta.url));
const site = resolve(process.env.SITE_DIR || join(here, '../target/site'));

/** Bytes of brotli past which the script is no longer what the site promises. */
const MOST = 6000;

/**
 * The library's own names for its options and results. They reach neither the browser nor the wire, so they may be
 * shortened; every name that a browser interface also has (navigationId, processingStart, duration…) must stay.
 */
const LIBRARY_NAMES = [
  'attribution', 'delta', 'rating', 'reportSoftNavs', 'reportAllChanges', 'generateTarget', 'includeProcessedEventEntries',
  'resourceBufferSize', 'navigationInteractionId', 'navigationURL', 'navigationStartTime', 'firstHiddenTime', 'onHidden',
  'timeToFirstByte', 'resourceLoadDelay', 'resourceLoadDuration', 'elementRenderDelay', 'lcpEntry', 'lcpResourceEntry',
  'navigationEntry', 'interactionTarget', 'interactionTime', 'interactionType', 'nextPaintTime', 'processedEventEntries',
  'longAnimationFrameEntries', 'inputDelay', 'processingDuration', 'presentationDelay', 'loadState', 'longestScript',
  'subpart', 'intersectingDuration', 'totalScriptDuration', 'totalStyleAndLayoutDuration', 'totalPaintDuration',
  'totalUnattributedDuration', 'largestShiftTarget', 'largestShiftTime', 'largestShiftValue', 'largestShiftSource',
  'largestShiftEntry',
];

/** What the library works out and nobody here reads, or options that nobody here sets. */
const UNREAD = [
  // Ratings are the server's.
  /\w+Thresholds, (?=opts)/g,
  // Of the long animation frames only the longest script travels.
  /^ *let total\w+ = 0;\n/gm,
  /^ *(attribution\.)?total\w+ \+?=[^;]*;\n/gm,
  /^ *total\w+: undefined,\n/gm,
  // Off by default: every event of the frame that an interaction waited for.
  /^ *processedEventEntries: .*\n/gm,
  /const processedEventEntries = [^;]*;\s*\}\);/g,
  /if \(opts\.includeProcessedEventEntries\) \{[^}]*\}/g,
  /entries: opts\.includeProcessedEventEntries \? \[entry\] : \[\],/g,
  // Entries of the browser's beside the figures taken from them.
  /attribution\.lcpEntry = lcpEntry;/g,
  /if \(lcpResourceEntry\) \{[^}]*\}/g,
  /^ *navigationEntry,\n/gm,
  /^ *largestShift(Time|Source|Entry): .*\n/gm,
  /opts\.generateTarget\?\.\(node\) \?\? /g,
  /if \(opts\.resourceBufferSize != undefined\) \{[^}]*\}/g,
];

/**
 * The library without what never travels: four small modules of ours in place of its own, and the lines above left out.
 * Anything that is not found stops the build, because then the library is another than the one this was written for;
 * that the figures stay the library's own is for the tests to show.
 */
const withoutUnread = {
  name: 'without-unread',
  async setup({ onLoad, onEnd }) {
    const unmet = new Set([...(await readdir(join(here, 'slim'))), ...UNREAD]);
    onLoad({ filter: /web-vitals[\\/]dist[\\/]modules[\\/].*\.js$/ }, async ({ path }) => {
      const slim = `${basename(path, '.js')}.ts`;
      const stands = await readFile(join(here, 'slim', slim), 'utf8').catch(() => undefined);
      if (stands) {
        unmet.delete(slim);
        return { contents: stands, loader: 'ts' };
      }
      let contents = await readFile(path, 'utf8');
      for (const pattern of UNREAD) {
        contents = contents.replace(pattern, () => {
          unmet.delete(pattern);
          return '';
        });
      }
      return { contents, loader: 'js' };
    });
    onEnd(() => {
      if (unmet.size) throw new Error(`web-vitals no longer has ${[...unmet].join(', ')}`);
    });
  },
};

const bundle = async () => {
  const { outputFiles } = await build({
    entryPoints: [join(here, 'src/beacon.ts')],
    bundle: true,
    minifySyntax: true,
    format: 'iife',
    target: 'es2020',
    // Every browser that has what the library calls (Array.findLast) also has these, and lowering them costs 100 bytes.
    supported: { 'class-field': true },
    mangleProps: new RegExp(`^(_.*|${LIBRARY_NAMES.join('|')})$`),
    legalComments: 'none',
    charset: 'utf8',
    plugins: [withoutUnread],
    write: false,
  });
  // A second minifier, because its choice of names compresses better, by 400 bytes.
  const { code } = await minify(outputFiles[0].text, {
    ecma: 2020,
    compress: { ecma: 2020, passes: 3, pure_getters: true, unsafe_arrows: true },
    mangle: { toplevel: true },
    // The library's licence asks to be named with every copy.
    format: { ecma: 2020, preamble: '/*! with web-vitals, Apache-2.0 */' },
  });
  return Buffer.from(code);
};

const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });

const gzip = (bytes) => gzipSync(bytes, { level: 9 });

const put = async (path, bytes) => {
  const file = join(site, path);
  await mkdir(dirname(file), { recursive: true });
  await Promise.all([writeFile(file, bytes), writeFile(`${file}.br`, brotli(bytes)), writeFile(`${file}.gz`, gzip(bytes))]);
};

const script = await bundle();
const sizes = { bytes: script.length, gzip: gzip(script).length, brotli: brotli(script).length };
if (sizes.brotli > MOST) throw new Error(`beacon.js is ${sizes.brotli} bytes in brotli, ${MOST} are allowed`);

const hash = createHash('sha256').update(script).digest('hex').slice(0, 12);
const manifest = {
  version_path: `/b/${hash}/beacon.js`,
  integrity: `sha384-${createHash('sha384').update(script).digest('base64')}`,
  bytes: sizes.bytes,
  brotli: sizes.brotli,
};

await put('beacon.js', script);
await put(manifest.version_path, script);

// A tag that names a version and its hash must work for as long as somebody carries it, so what was released is
// published by every later build too. `npm run release` adds the present one.
const released = join(here, 'released');
if (process.argv.includes('--release')) {
  await mkdir(released, { recursive: true });
  await writeFile(join(released, `${hash}.js`), script);
}
for (const file of await readdir(released).catch(() => [])) {
  const bytes = await readFile(join(released, file));
  const name = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  if (file !== `${name}.js`) throw new Error(`released/${file} is not what was released: its hash is ${name}`);
  await put(`b/${name}/beacon.js`, bytes);
}

await writeFile(join(site, 'beacon.json'), `${JSON.stringify(manifest, null, 2)}\n`);
console.log(`beacon.js: ${sizes.bytes} bytes, gzip ${sizes.gzip}, brotli ${sizes.brotli}; ${manifest.version_path}`);
