import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEY, until, world } from './world.mjs';

const w = world();

test('a sample of 0 measures nothing, and the calls of the page still work', async () => {
  const page = await w.open('/none', `<h1>none</h1>${w.tag(`data-key="${KEY}" data-sample="0"`)}`);
  await w.ready(page);
  await page.evaluate(() => perfally('metric', 'x', 1));
  await w.nothingFrom(page);
});

test('half a sample counts double, and the other half is silent', async () => {
  for (const [chance, counted] of [[0.49, true], [0.5, false]]) {
    const page = await w.open(
      '/half',
      `<script>Math.random = () => ${chance}</script><h1>half</h1>${w.tag(`data-key="${KEY}" data-sample="0.5"`)}`,
    );
    await w.ready(page);
    if (counted) {
      await w.leave(page);
      assert.equal((await w.beacon('the sampled page')).w, 2);
      w.beacons.length = 0;
    } else {
      await w.nothingFrom(page);
    }
  }
});

test('a sample that is no share means everything', async () => {
  for (const sample of ['all', '7']) {
    const page = await w.open('/odd', `<h1>odd</h1>${w.tag(`data-key="${KEY}" data-sample="${sample}"`)}`);
    await w.ready(page);
    await w.leave(page);
    assert.equal((await w.beacon(`sample ${sample}`)).w, 1);
    w.beacons.length = 0;
  }
});

test('global privacy control and do-not-track silence the script where the tag asks for it, and only there', async () => {
  const signals = [
    'Object.defineProperty(navigator, "globalPrivacyControl", { value: true })',
    'Object.defineProperty(navigator, "doNotTrack", { value: "1" })',
  ];
  for (const signal of signals) {
    const page = await w.open('/asked', `<script>${signal}</script><h1>asked</h1>${w.tag(`data-key="${KEY}" data-respect-gpc`)}`);
    await w.ready(page);
    await w.nothingFrom(page);
    w.beacons.length = 0;
  }
  const other = await w.open('/unasked', `<script>${signals.join(';')}</script><h1>unasked</h1>${w.tag()}`);
  await w.ready(other);
  await w.leave(other);
  await w.beacon('the page whose tag does not ask');
  w.beacons.length = 0;
  const page = await w.open('/willing', `<h1>willing</h1>${w.tag(`data-key="${KEY}" data-respect-gpc`)}`);
  await w.ready(page);
  await w.leave(page);
  await w.beacon('a visitor without a signal');
});

test('a tag without a key warns once and sends nothing', async () => {
  const page = await w.open('/keyless', `<h1>keyless</h1>${w.tag('')}`);
  await until('the warning', () => page.said.some((m) => m.type() === 'warning'));
  await w.nothingFrom(page);
  const warnings = page.said.filter((m) => m.text().includes('data-key'));
  assert.equal(warnings.length, 1);
});

test('the endpoint can be another, as behind a first-party proxy', async () => {
  const page = await w.open('/proxied', `<h1>proxied</h1>${w.tag(`data-key="${KEY}" data-endpoint="${w.collector}/perf/api/beacon"`)}`);
  await w.ready(page);
  await w.leave(page);
  assert.equal((await w.beacon('the beacon')).$path, '/perf/api/beacon');
});

test('the versioned script runs with its integrity under a strict policy, and breaks no rule of it', async () => {
  const policy = `default-src 'none'; script-src ${w.collector}; connect-src ${w.collector}; require-trusted-types-for 'script'; trusted-types 'none'`;
  w.pages.set('/strict', () => ({
    ...w.html(
      `<title>strict</title><h1>strict</h1><script async crossorigin="anonymous" integrity="${w.manifest.integrity}"
        src="${w.collector}${w.manifest.version_path}" data-key="${KEY}"></script>`,
    ),
    headers: { 'Content-Security-Policy': policy },
  }));
  const page = await w.open('/strict');
  await w.ready(page);
  await w.leave(page);
  const beacon = await w.beacon('the beacon under a strict policy');
  assert.ok(beacon.vitals.fcp > 0);
  assert.deepEqual(page.said.map((m) => m.text()), []);
});

test('no cookie is set and nothing is stored', async () => {
  const page = await w.open('/traceless', `<h1>traceless</h1>${w.tag()}`);
  await w.ready(page);
  await page.evaluate(() => (perfally('metric', 'a', 1), perfally('tag', 'b', 'c')));
  const left = () =>
    page.evaluate(async () => [
      document.cookie, localStorage.length, sessionStorage.length,
      (await indexedDB.databases()).length, (await caches.keys()).length,
    ]);
  await w.leave(page);
  await w.beacon('the beacon');
  assert.deepEqual(await left(), ['', 0, 0, 0, 0]);
  assert.deepEqual(await page.context().cookies(), []);
});

test('?perfally_debug forces sampling, sends at once, and shows what was sent and the answer', async () => {
  const page = await w.open('/check?perfally_debug', `<h1>check</h1>${w.tag(`data-key="${KEY}" data-sample="0"`)}`);
  const first = await w.beacon('the first debug beacon', (b) => b.vitals.fcp);
  await page.evaluate(() => perfally('metric', 'now', 3));
  const second = await w.beacon('the next one', (b) => b.metrics.now === 3);
  assert.equal(second.id, first.id);
  assert.ok(second.seq > first.seq);
  assert.equal(second.w, 1);
  const shown = await until('the answer in the console', () => page.said.find((m) => m.text().includes('202')));
  assert.match(shown.text(), /\[perfally\] sent/);
  const count = w.beacons.length;
  await page.evaluate(() => perfally('metric', 'now', 3));
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 900)));
  assert.equal(w.beacons.length, count, 'a repeat without change is not sent');
});

test('a browser too old for the library still counts the page view, without an error', async () => {
  const page = await w.open('/old', `<script>delete Array.prototype.findLast</script><h1>old</h1>${w.tag()}`);
  await w.ready(page);
  await w.leave(page);
  assert.deepEqual((await w.beacon('the page view')).vitals, {});
});
