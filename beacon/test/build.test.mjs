import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { builtSite } from './world.mjs';

const sites = [];
after(() => Promise.all(sites.map((site) => rm(site, { recursive: true, force: true }))));
const build = async () => {
  const site = await builtSite();
  sites.push(site);
  return { site, manifest: JSON.parse(await readFile(join(site, 'beacon.json'), 'utf8')), script: await readFile(join(site, 'beacon.js')) };
};

/** Several tests look at one build. */
let once;
const built = () => (once ??= build());

test('the manifest tells the truth about the script, which is small and bears no map', async () => {
  const { site, manifest, script } = await built();
  const hash = (kind) => createHash(kind).update(script);
  assert.equal(manifest.version_path, `/b/${hash('sha256').digest('hex').slice(0, 12)}/beacon.js`);
  assert.equal(manifest.integrity, `sha384-${hash('sha384').digest('base64')}`);
  assert.equal(manifest.bytes, script.length);
  const brotli = await readFile(join(site, 'beacon.js.br'));
  assert.equal(manifest.brotli, brotli.length);
  assert.ok(brotli.length <= 6000, `${brotli.length} bytes`);
  assert.doesNotMatch(script.toString(), /sourceMappingURL|\beval\b|new Function|document\.cookie|localStorage|sessionStorage|innerHTML/);
});

test('the versioned file and every compressed form are the same bytes', async () => {
  const { site, manifest, script } = await built();
  for (const path of ['beacon.js', manifest.version_path]) {
    assert.deepEqual(await readFile(join(site, path)), script);
    assert.deepEqual(brotliDecompressSync(await readFile(join(site, `${path}.br`))), script);
    assert.deepEqual(gunzipSync(await readFile(join(site, `${path}.gz`))), script);
  }
});

test('two builds of one source are one version', async () => {
  const [one, other] = await Promise.all([built(), build()]);
  assert.deepEqual(one.manifest, other.manifest);
});
