/**
 * A site that somebody measures with PerfAlly: another origin, slow in every way there is, with web-vitals as published
 * as the witness of what really happened. It knows nothing of PerfAlly but the tag that it was told to carry.
 */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { setTimeout as later } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { deflateSync, crc32 as zlibCrc32 } from 'node:zlib';
import { PATIENCE, until } from './until.mjs';

const library = fileURLToPath(new URL('../node_modules/web-vitals/dist/web-vitals.attribution.iife.js', import.meta.url));

const crc32 = zlibCrc32 ?? ((bytes) => {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
});

/** Grey noise: enough in it for a browser to call it content. */
const picture = (() => {
  const [width, height] = [320, 200];
  const rows = Buffer.alloc((width + 1) * height);
  for (let i = 0; i < rows.length; i++) rows[i] = i % (width + 1) ? Math.imul(i, 2654435761) >>> 24 : 0;
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    crc.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, crc]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0], 8);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
})();

/** The library beside ours, reporting to the shop itself; and a count of what the browser has told so far. */
const witness = `<script src="/web-vitals.js"></script><script>
  const visit = crypto.randomUUID();
  window.told = {};
  for (const type of ['event', 'layout-shift', 'largest-contentful-paint', 'soft-navigation'])
    if (PerformanceObserver.supportedEntryTypes.includes(type))
      new PerformanceObserver((list) => {
        for (const { entryType, name } of list.getEntries()) for (const key of [entryType, name]) told[key] = (told[key] ?? 0) + 1;
      }).observe({ type, buffered: true, durationThreshold: 16 });
  for (const name of ['CLS', 'FCP', 'INP', 'LCP', 'TTFB'])
    webVitals['on' + name](({ name, value }) => navigator.sendBeacon('/witnessed', JSON.stringify({ visit, path: location.pathname, name, value })));
</script>`;

/** How slow the pages are; every product a little slower than the one before. */
const shopPage = (number, tag) => `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Product ${number}</title>${witness}${tag}
<style>body{margin:0;font:16px sans-serif}#ad{height:0;background:#ddd}.story{background:#eee;height:${240 + number * 8}px}button{font:inherit;padding:12px}</style></head>
<body><button class="buy">Buy</button><div id="ad"></div><div class="story">Product ${number}</div><div id="hero"></div><p id="basket">empty</p>
<a class="next" href="/product/${number + 1}">Next</a><a class="app" href="/app">App</a><div style="height:2000px"></div>
<script>
  // Once the first content is painted, however long that took: what comes then is late, and moves what is seen.
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
    const img = new Image(320, 200);
    img.src = '/late.png?after=${60 + number * 12}&n=${number}';
    img.onload = () => setTimeout(() => (ad.style.height = '${20 + number * 10}px'), 60);
    hero.append(img);
  }, 60)));
  document.querySelector('.buy').addEventListener('click', function onBuy() {
    const end = performance.now() + ${60 + number * 14}; while (performance.now() < end); basket.textContent = 'bought';
  });
</script></body></html>`;

/** One document whose views follow each other without a load. */
const appPage = (tag) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>App</title>${witness}${tag}</head>
<body><main><h1>list</h1></main><button>open</button><script>
  let n = 0;
  document.querySelector('button').onclick = () => {
    n += 1;
    history.pushState({}, '', '/app/item-' + n);
    document.querySelector('main').innerHTML = '<h1>item ' + n + '</h1><p>' + 'words of the item '.repeat(40) + n + '</p>';
  };
</script></body></html>`;

/** Opens the shop; it closes when the test `t` ends. */
export const openShop = async (t) => {
  const shop = {
    /** Put in every page as it is. */
    tag: '',
    /** Further pages by path: HTML that is given the tag. */
    pages: new Map(),
    /** By page load, what web-vitals said last: `{ path, agent, lcp, … }`. */
    visits: new Map(),
  };
  const answer = async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://shop');
    const html = (body) => response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(body);
    if (pathname === '/witnessed') {
      const parts = [];
      for await (const part of request) parts.push(part);
      const { visit, path, name, value } = JSON.parse(Buffer.concat(parts).toString());
      const before = shop.visits.get(visit) ?? { path, agent: request.headers['user-agent'] };
      shop.visits.set(visit, { ...before, [name.toLowerCase()]: value });
      return response.writeHead(204).end();
    }
    if (pathname === '/web-vitals.js') return response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(await readFile(library));
    if (pathname === '/late.png') {
      await later(Number(searchParams.get('after')));
      return response.writeHead(200, { 'Content-Type': 'image/png' }).end(picture);
    }
    const product = /^\/product\/(\d+)$/.exec(pathname);
    if (product) {
      await later(40 + Number(product[1]) * 15);
      return html(shopPage(Number(product[1]), shop.tag));
    }
    if (pathname === '/app') return html(appPage(shop.tag));
    if (shop.pages.has(decodeURI(pathname))) return html(shop.pages.get(decodeURI(pathname))(shop.tag));
    return html('<!doctype html><title>elsewhere</title><p>elsewhere');
  };
  const server = createServer((request, response) => answer(request, response).catch((error) => response.destroy(error)));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A test that fails early must not be held up by it.
  server.unref();
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  // Another host than PerfAlly's, not only another port: cookies do not tell ports apart.
  shop.origin = `http://localhost:${server.address().port}`;
  return shop;
};

/** The script has run. */
export const measured = (page) => page.waitForFunction(() => window.perfally?.key, undefined, { timeout: PATIENCE });

/** The browser has told of so many of these, and the libraries have had the idle moment in which they look at them. */
export const told = async (page, type, count = 1) => {
  await page.waitForFunction(([type, count]) => (window.told?.[type] ?? 0) >= count, [type, count], { timeout: PATIENCE });
  await page.evaluate(() => new Promise((resolve) => requestIdleCallback(() => setTimeout(resolve), { timeout: 1_500 })));
};

/** Looks at products as a person does: waits for the picture, scrolls, buys, goes on to the next, and leaves at last. */
export const visitProducts = async (page, shop, numbers) => {
  for (const number of numbers) {
    await page.goto(`${shop.origin}/product/${number}`);
    await measured(page);
    await told(page, 'largest-contentful-paint', 2);
    await told(page, 'layout-shift');
    await page.mouse.wheel(0, 300);
    await page.getByRole('button', { name: 'Buy' }).click();
    await told(page, 'click');
  }
  await leave(page, shop);
};

/** Goes somewhere that nobody measures: what was measured is sent now. */
export const leave = (page, shop) => page.goto(`${shop.origin}/elsewhere`);

/** What the witness saw, once it has told of this many page loads whole. */
export const witnessed = (shop, count) =>
  until(`web-vitals' own account of ${count} page loads`, () => {
    const visits = [...shop.visits.values()].filter((visit) => ['lcp', 'inp', 'cls', 'fcp', 'ttfb'].every((name) => name in visit));
    return visits.length >= count && visits;
  });

/** The value that at least three quarters do not exceed, as SQL's percentile_disc. */
export const p75 = (values) => {
  assert.ok(values.length > 0);
  return [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.75) - 1];
};
