/**
 * What the first view of a dashboard costs: bytes as transferred, by kind, on a fresh browser; and the size of the
 * script that sites carry. Of the built site and binary; prints, and judges nothing.
 */

import { chromium } from 'playwright-core';
import { start } from './world/process.mjs';
import { until } from './world/until.mjs';

const server = await start();
const browser = await chromium.launch({
  executablePath: process.env.CHROME_PATH || '/usr/bin/chromium',
  args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
});

const kilobytes = (bytes) => `${(bytes / 1_000).toFixed(1).padStart(8)} kB`;

/** Every answer that a page needs, with its bytes on the wire, headers apart. */
const load = async (path, scroll) => {
  const page = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const answers = new Map();
  session.on('Network.responseReceived', ({ requestId, type, response }) => {
    const { pathname } = new URL(response.url);
    const encoding = response.headers['content-encoding'] ?? response.headers['Content-Encoding'] ?? 'plain';
    answers.set(requestId, { type, pathname, encoding, bytes: 0 });
  });
  session.on('Network.dataReceived', ({ requestId, encodedDataLength }) => {
    const answer = answers.get(requestId);
    if (answer) answer.bytes += encodedDataLength;
  });
  await page.goto(server.url + path, { waitUntil: 'networkidle' });
  if (scroll) {
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await page.waitForLoadState('networkidle');
    await until('the chart', () => page.evaluate(() => Boolean(document.querySelector('perf-chart')?.shadowRoot?.querySelector('svg'))));
  }
  await page.context().close();
  return [...answers.values()].filter(({ pathname }) => pathname !== '/api/beacon').sort((a, b) => b.bytes - a.bytes);
};

try {
  await until('the demo', async () => (await (await fetch(`${server.url}/demo`)).text()).includes('perf-chart'), 180_000);
  for (const [what, path, scroll] of [['The dashboard (/demo)', '/demo', true], ['The landing page', '/', false]]) {
    const answers = await load(path, scroll);
    const kinds = Map.groupBy ? Map.groupBy(answers, ({ type }) => type) : answers.reduce((map, answer) => map.set(answer.type, [...(map.get(answer.type) ?? []), answer]), new Map());
    console.log(`\n${what}, first view, on the wire`);
    for (const [kind, of] of kinds) console.log(`${kilobytes(of.reduce((sum, { bytes }) => sum + bytes, 0))}  ${kind}`);
    const all = answers.reduce((sum, { bytes }) => sum + bytes, 0);
    const charts = answers.filter(({ pathname }) => pathname.endsWith('/chart.js')).reduce((sum, { bytes }) => sum + bytes, 0);
    console.log(`${kilobytes(all)}  in all${charts ? `, of which the chart library ${kilobytes(charts).trim()}, loaded when a chart comes near` : ''}`);
    for (const { pathname, bytes, encoding } of answers) console.log(`${kilobytes(bytes)}    ${encoding.padEnd(6)} ${pathname}`);
  }
  const script = await fetch(`${server.url}/beacon.js`, { headers: { 'Accept-Encoding': 'br' } });
  await script.arrayBuffer();
  console.log(`\n${kilobytes(Number(script.headers.get('content-length')))}  /beacon.js, ${script.headers.get('content-encoding')}`);
} finally {
  await browser.close();
  await server.stop();
}
