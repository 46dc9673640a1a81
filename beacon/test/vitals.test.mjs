import assert from 'node:assert/strict';
import { setTimeout as later } from 'node:timers/promises';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { until, world } from './world.mjs';

const w = world({ ignoreDefaultArgs: ['--disable-back-forward-cache'] });

/** A picture with enough in it for a browser to call it content: grey noise, 300 by 200. */
const picture = () => {
  const [width, height] = [300, 200];
  const rows = Buffer.alloc((width + 1) * height);
  for (let i = 0; i < rows.length; i++) rows[i] = i % (width + 1) ? (i * 2654435761) >>> 24 : 0;
  const crcs = Int32Array.from({ length: 256 }, (_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
    return n;
  });
  const chunk = (name, data) => {
    const bytes = Buffer.concat([Buffer.from(name), data]);
    let crc = -1;
    for (const byte of bytes) crc = crcs[(crc ^ byte) & 255] ^ (crc >>> 8);
    const out = Buffer.alloc(bytes.length + 8);
    out.writeUInt32BE(data.length);
    bytes.copy(out, 4);
    out.writeInt32BE(~crc, bytes.length + 4);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};

/** The browser has told of this kind of event, and the library has had the idle moment in which it looks at it. */
const told = async (page, type, count = 1) => {
  await page.waitForFunction(([type, count]) => (window.told?.[type] ?? 0) >= count, [type, count]);
  await page.evaluate(() => new Promise((resolve) => requestIdleCallback(() => setTimeout(resolve), { timeout: 1500 })));
};
const teller = `<script>
  window.told = {};
  for (const type of ['event', 'layout-shift', 'largest-contentful-paint', 'soft-navigation', 'long-animation-frame'])
    new PerformanceObserver((list) => {
      for (const { entryType, name } of list.getEntries())
        for (const key of [entryType, name]) told[key] = (told[key] ?? 0) + 1;
    }).observe({ type, buffered: true, durationThreshold: 16 });
</script>`;

test('a slow first byte is the TTFB, and FCP comes after it', async () => {
  const page = await w.open('/slow', async () => {
    await later(400);
    return w.html(`${w.witness()}<h1>slow</h1>${w.tag()}`).body;
  });
  await w.ready(page);
  await until('the first paint', () => w.reported.find((m) => m.name === 'FCP'));
  await w.leave(page);
  const beacon = await w.beacon('the slow page', (b) => b.vitals.ttfb);
  assert.ok(beacon.vitals.ttfb >= 390, `${beacon.vitals.ttfb}`);
  assert.ok(beacon.vitals.fcp >= beacon.vitals.ttfb);
  assert.equal(beacon.nav, 'navigate');
  await w.agrees(beacon, ['ttfb', 'fcp']);
});

test('a late picture is the LCP, with its selector, its address and four parts that add up', async () => {
  w.pages.set('/late.png', async () => {
    await later(300);
    return { type: 'image/png', body: picture() };
  });
  const page = await w.open(
    '/picture',
    `${teller}${w.witness()}<p>words</p><div id="hero"></div>${w.tag()}<script>
      setTimeout(() => { const img = new Image(300, 200); img.className = 'b a'; img.src = '/late.png?token=1#x'; hero.append(img); }, 200);
    </script>`,
  );
  await w.ready(page);
  await told(page, 'largest-contentful-paint', 2);
  await w.leave(page);
  const beacon = await w.beacon('the LCP', (b) => b.vitals.lcp);
  const { target, url, ttfb, load_delay, load_time, render_delay } = beacon.attr.lcp;
  assert.equal(target, '#hero>img.a.b');
  assert.equal(url, `${w.site}/late.png`);
  assert.ok(load_time >= 280, `${load_time}`);
  assert.ok(load_delay >= 100, `${load_delay}`);
  assert.ok(Math.abs(ttfb + load_delay + load_time + render_delay - beacon.vitals.lcp) < 0.01);
  await w.agrees(beacon, ['lcp', 'fcp', 'ttfb', 'cls']);
});

test('content that moves is the CLS, with what moved most', async () => {
  const page = await w.open(
    '/shift',
    `${teller}${w.witness()}<div id="top"></div><div class="story" style="height:300px;background:#ccc">story</div>${w.tag()}<script>
      setTimeout(() => top_.style.height = '40px', 150); const top_ = document.getElementById('top');
      setTimeout(() => top_.style.height = '240px', 300);
    </script>`,
  );
  await w.ready(page);
  await told(page, 'layout-shift', 2);
  await w.leave(page);
  const beacon = await w.beacon('the CLS', (b) => b.vitals.cls);
  assert.equal(beacon.attr.cls.target, 'html>body>div.story');
  assert.ok(beacon.attr.cls.value < beacon.vitals.cls);
  await w.agrees(beacon, ['cls']);
});

test('a handler that blocks is the INP, with its phase, its script and its function', async () => {
  w.pages.set('/app.js', {
    type: 'text/javascript',
    body: `document.querySelector('button').addEventListener('click', function onBuy() {
      const end = performance.now() + 250; while (performance.now() < end); document.querySelector('p').textContent = 'bought'; });`,
  });
  const page = await w.open(
    '/input',
    `${teller}${w.witness()}<p>words</p><button class="buy">secret words</button>${w.tag()}<script src="/app.js?v=1"></script>`,
  );
  await w.ready(page);
  await page.click('button');
  await told(page, 'click');
  await told(page, 'long-animation-frame');
  await w.leave(page);
  const beacon = await w.beacon('the INP', (b) => b.vitals.inp);
  const inp = beacon.attr.inp;
  assert.ok(beacon.vitals.inp >= 250, `${beacon.vitals.inp}`);
  assert.ok(inp.processing >= 240, `${inp.processing}`);
  assert.equal(inp.target, 'html>body>button.buy');
  assert.equal(inp.type, 'pointer');
  assert.equal(inp.script, `${w.site}/app.js`);
  assert.equal(inp.function, 'onBuy');
  assert.ok(!JSON.stringify(beacon).includes('secret'), 'the text of an element never travels');
  await w.agrees(beacon, ['inp', 'lcp', 'cls']);
});

test('without attribution the values travel alone', async () => {
  const page = await w.open('/bare', `${teller}<h1>bare</h1>${w.tag('data-key="pa_x" data-attribution="none"')}`);
  await w.ready(page);
  await told(page, 'largest-contentful-paint');
  await w.leave(page);
  const beacon = await w.beacon('the bare values', (b) => b.vitals.lcp);
  assert.equal(beacon.attr, undefined);
});

test('a page that comes back from the back/forward cache is a new page view', async () => {
  const page = await w.open(
    '/first',
    `${teller}${w.witness()}<h1>first</h1>${w.tag()}<script>addEventListener('pageshow', (e) => window.restored = e.persisted)</script>`,
  );
  await w.ready(page);
  await page.evaluate(() => window.perfally('tag', 'variant', 'b'));
  await told(page, 'largest-contentful-paint');
  await w.leave(page);
  const first = await w.beacon('the first view', (b) => b.nav === 'navigate' && b.vitals.lcp);
  // The browser's own way back; the driver would wait for a load that a restored page does not have.
  await page.evaluate(() => void setTimeout(() => history.back()));
  await until('the restored paint', () => w.reported.find((m) => m.name === 'LCP' && m.navigationType === 'back-forward-cache'));
  await page.evaluate((to) => void setTimeout(() => (location.href = to)), `${w.site}/elsewhere`).catch(() => {});
  const second = await w.beacon('the restored view', (b) => b.nav === 'back-forward-cache' && b.vitals.lcp);
  assert.notEqual(second.id, first.id);
  assert.equal(second.seq, 1);
  assert.equal(second.url, first.url);
  assert.equal(second.vitals.ttfb, 0);
  assert.deepEqual(second.tags, { variant: 'b' });
  // After a restore the library looks at the clock itself, once for us and once for the witness.
  await w.agrees(second, ['lcp', 'fcp', 'ttfb', 'cls'], 50);
  assert.equal(w.beacons.filter((b) => b.id === first.id).length, 1, 'the first view is not sent again');
});

test('reload and back are named as such', async () => {
  const page = await w.open('/named', `<h1>named</h1>${w.tag()}`);
  await w.ready(page);
  await page.reload();
  await w.ready(page);
  await w.beacon('the first load', (b) => b.nav === 'navigate');
  await w.leave(page);
  await w.beacon('the reload', (b) => b.nav === 'reload');
});

test('a soft navigation is a page view of its own, and the page load keeps its values', async (t) => {
  const page = await w.open(
    '/app',
    `${teller}${w.witness()}<main><h1>list</h1></main><button>open</button>${w.tag()}<script>
      document.querySelector('button').onclick = () => {
        const n = (window.n = (window.n ?? 0) + 1);
        history.pushState({}, '', '/app/item-' + n + '?q=1');
        document.querySelector('main').innerHTML = '<h1>item ' + n + '</h1><p>' + 'words of the item '.repeat(40) + n + '</p>';
        const end = performance.now() + 60; while (performance.now() < end);
      };
    </script>`,
  );
  const supported = await page.evaluate(() => PerformanceObserver.supportedEntryTypes.includes('soft-navigation'));
  if (!supported) return t.skip('this browser has no soft navigations');
  await w.ready(page);
  await told(page, 'largest-contentful-paint');
  for (const n of [1, 2, 3]) {
    await page.click('button');
    await told(page, 'soft-navigation', n);
    await page.evaluate((n) => window.perfally('metric', 'opened', n), n);
  }
  await w.beacon('the first soft view, before the page is left', (b) => b.url.endsWith('/item-1'));
  await w.leave(page);
  const load = await w.beacon('the page load', (b) => b.nav === 'navigate');
  const soft = [];
  for (const n of [1, 2, 3]) soft.push(await w.beacon(`soft view ${n}`, (b) => b.url === `${w.site}/app/item-${n}` && b.vitals.fcp !== undefined));
  assert.equal(load.url, `${w.site}/app`);
  assert.ok(load.vitals.inp >= 60, 'the page load counts every interaction');
  assert.equal(new Set([load, ...soft].map((b) => b.id)).size, 4);
  for (const view of soft) {
    assert.equal(view.nav, 'soft-navigation');
    assert.equal(view.vitals.ttfb, 0);
    assert.ok(view.vitals.lcp > 0, JSON.stringify(view));
  }
  for (const name of ['LCP', 'FCP']) {
    for (const view of soft) {
      const theirs = w.reported.findLast((m) => m.name === name && m.navigationURL?.split('?')[0] === view.url && m.navigationType === 'soft-navigation');
      assert.ok(Math.abs(view.vitals[name.toLowerCase()] - theirs.value) < 1e-4, `${name} of ${view.url}`);
    }
  }
  await w.agrees(load, ['lcp', 'fcp', 'ttfb', 'inp', 'cls']);
});
