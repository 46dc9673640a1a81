import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEY, until, world } from './world.mjs';

const w = world();
const STUB = '<script>window.perfally = window.perfally || function () { (perfally.q = perfally.q || []).push(arguments) }</script>';
const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('leaving a page sends one beacon, as plain text, with all that the format names', async () => {
  const page = await w.open('/shop/42?utm=secret#part', `<h1>shop</h1>${w.tag(`data-key="${KEY}" data-release="2026.11.3"`)}`, {
    viewport: { width: 800, height: 600 },
  });
  const before = Date.now();
  await w.ready(page);
  await w.leave(page);
  const beacon = await w.beacon('the beacon');
  assert.equal(beacon.$type, 'text/plain;charset=UTF-8');
  assert.equal(beacon.$path, '/api/beacon');
  assert.equal(beacon.v, 1);
  assert.equal(beacon.key, KEY);
  assert.match(beacon.id, VERSION_7);
  assert.ok(Math.abs(parseInt(beacon.id.replace('-', '').slice(0, 12), 16) - before) < 60_000, 'the id begins with the time');
  assert.equal(beacon.seq, 1);
  assert.equal(beacon.url, `${w.site}/shop/42`);
  assert.deepEqual([beacon.nav, beacon.w, beacon.dev, beacon.vw, beacon.vh, beacon.rel], ['navigate', 1, 'desktop', 800, 600, '2026.11.3']);
  assert.ok(!JSON.stringify(beacon).includes('secret'));
  assert.equal(w.beacons.length, 1, 'pagehide and hiding are one departure');
});

test('the referring page is named by its origin alone', async () => {
  w.pages.set('/to', `<h1>to</h1>${w.tag()}`);
  const page = await w.open('/from?q=secret', '<meta name="referrer" content="unsafe-url"><a href="/to">to</a>');
  await page.click('a');
  await w.ready(page);
  await w.leave(page);
  assert.equal((await w.beacon('the beacon')).ref, w.site);
});

test('phones and tablets are told apart', async () => {
  const agents = {
    mobile: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    tablet: 'Mozilla/5.0 (Linux; Android 15; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36',
  };
  for (const [dev, userAgent] of Object.entries(agents)) {
    const page = await w.open(`/${dev}`, `<h1>${dev}</h1>${w.tag()}`, { userAgent });
    await w.ready(page);
    await w.leave(page);
    assert.equal((await w.beacon(dev, (b) => b.url.endsWith(dev))).dev, dev);
  }
});

test('calls made before the script loads are not lost, and later ones add to them', async () => {
  const page = await w.open(
    '/calls',
    `${STUB}<script>perfally('metric', 'early', 1.5); perfally('tag', 'variant', 'b')</script><h1>calls</h1>${w.tag()}`,
  );
  await w.ready(page);
  await page.evaluate(() => {
    perfally('metric', 'cart_ready', 812);
    perfally('metric', 'cart_ready', 813);
    perfally('tag', 'logged_in', true);
    performance.mark('perfally:hero');
    performance.mark('somebody else');
    performance.measure('perfally:search', { start: 100, duration: 42 });
  });
  await w.leave(page);
  const { metrics, tags } = await w.beacon('the calls');
  const { hero, ...rest } = metrics;
  assert.deepEqual(rest, { early: 1.5, cart_ready: 813, search: 42 });
  assert.ok(hero > 0 && hero < 60_000, 'a mark is the time since the page view began');
  assert.deepEqual(tags, { variant: 'b', logged_in: 'true' });
});

test('nonsense from the page is dropped, never thrown back, and cannot make a beacon too large', async () => {
  const page = await w.open('/nonsense', `<h1>nonsense</h1>${w.tag()}`);
  await w.ready(page);
  await page.evaluate(() => {
    perfally();
    perfally('dance');
    perfally('metric', 'text', '12');
    perfally('metric', 'endless', Infinity);
    perfally('metric', 'none', NaN);
    perfally('metric', Symbol('x'), 1);
    perfally('tag', 'odd', { toString() { throw new Error('no text') } });
    perfally('metric', '__proto__', 7);
    for (let i = 0; i < 500; i++) {
      perfally('metric', i + '\u0001'.repeat(1000), i);
      perfally('tag', i + '\ud800'.repeat(1000), '\u0002'.repeat(1000));
    }
  });
  await w.leave(page);
  const { metrics, tags } = await w.beacon('what is left');
  assert.equal(Object.keys(metrics).length, 32);
  assert.equal(Object.keys(tags).length, 32);
  for (const [name, value] of Object.entries(tags)) assert.ok(name.length <= 64 && value.length <= 64);
});

test('paused, nothing is sent; resumed, what was measured meanwhile is there', async () => {
  const page = await w.open('/consent', `${STUB}<script>perfally('pause')</script><h1>consent</h1>${w.tag(`data-key="${KEY}" data-debug`)}`);
  await w.ready(page);
  await page.evaluate(() => perfally('metric', 'while_paused', 5));
  // Longer than the half second after which a debug beacon would have left.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 900)));
  assert.equal(w.beacons.length, 0);
  await page.evaluate(() => perfally('resume'));
  const beacon = await w.beacon('what was held back');
  assert.equal(beacon.metrics.while_paused, 5);
  assert.ok(beacon.vitals.fcp > 0 && beacon.vitals.ttfb > 0, 'measuring went on');
});

test('a page left while paused sends nothing', async () => {
  const page = await w.open('/refused', `${STUB}<script>perfally('pause')</script><h1>refused</h1>${w.tag()}`);
  await w.ready(page);
  await w.nothingFrom(page);
});

test('a refused sendBeacon is followed by a keep-alive fetch', async () => {
  for (const refusal of ['() => false', 'undefined']) {
    const page = await w.open(
      '/fallback',
      `<script>Navigator.prototype.sendBeacon = ${refusal};
        const real = fetch; window.fetch = (url, options) => { sessionStorage.how = JSON.stringify(options); return real(url, options) }</script>
       <h1>fallback</h1>${w.tag()}`,
    );
    await w.ready(page);
    await w.leave(page);
    const beacon = await w.beacon(`the fetch after ${refusal}`);
    assert.equal(beacon.$type, 'text/plain;charset=UTF-8');
    const { keepalive, credentials } = JSON.parse(await page.evaluate(() => sessionStorage.how));
    assert.deepEqual({ keepalive, credentials }, { keepalive: true, credentials: 'omit' });
    w.beacons.length = 0;
  }
});

test('what could not leave is sent again when there is a next moment', async () => {
  const page = await w.open(
    '/offline',
    `<script>let tries = 0; const real = fetch;
      window.fetch = (...how) => tries++ ? real(...how) : Promise.reject(new TypeError('offline'))</script>
     <h1>offline</h1>${w.tag(`data-key="${KEY}" data-debug`)}`,
  );
  await w.ready(page);
  await until('the failure', () => page.said.some((m) => m.text().includes('not sent')));
  await page.evaluate(() => perfally('metric', 'again', 1));
  const beacon = await w.beacon('the second try', (b) => b.metrics.again);
  assert.ok(beacon.seq > 1);
});

test('a page that only pretends to leave still reports', async () => {
  const page = await w.open('/pretend', `<h1>pretend</h1>${w.tag()}`);
  await w.ready(page);
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
  await w.beacon('the beacon of a pagehide alone');
});

test('two tags are one collector', async () => {
  const page = await w.open('/double', `<h1>double</h1>${w.tag()}${w.tag('data-key="pa_other"')}`);
  await page.waitForLoadState('load');
  await w.ready(page);
  await w.leave(page);
  await w.beacon('the beacon');
  await w.open('/later', w.tag(`data-key="${KEY}"`)).then(async (other) => (await w.ready(other), await w.leave(other)));
  await w.beacon('a later page', (b) => b.url.endsWith('/later'));
  assert.equal(w.beacons.filter((b) => b.url.endsWith('/double')).length, 1);
});
