/**
 * What every test stands in: the built script, a site and a collector on two origins, and a real browser.
 * The collector is strict: a preflight or a cookie fails the test that caused it.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

export const KEY = 'pa_abcdefghij0123456789';
export const CHROME = process.env.CHROME_PATH || '/usr/bin/chromium';
export const FLAGS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

const folder = fileURLToPath(new URL('..', import.meta.url));
const library = join(folder, 'node_modules/web-vitals/dist/web-vitals.attribution.iife.js');

/** Longest wait for anything; a busy machine needs seconds, a broken script would wait for ever. */
const PATIENCE = 20_000;

export const until = async (what, ask) => {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    assert.ok(Date.now() < end, `waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};

export const builtSite = async () => {
  const site = await mkdtemp(join(tmpdir(), 'beacon-'));
  await promisify(execFile)('node', ['build.mjs'], { cwd: folder, env: { ...process.env, SITE_DIR: site } });
  return site;
};

const body = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
};

const listening = (handle) =>
  new Promise((resolve) => {
    const server = createServer((request, response) => {
      Promise.resolve(handle(request, response)).catch((error) => response.destroy(error));
    });
    server.listen(0, '127.0.0.1', () => resolve(server));
  });

const html = (content) => ({ type: 'text/html; charset=utf-8', body: `<!doctype html><meta charset="utf-8">${content}` });

/** Call once in a test file, at its top. */
export const world = (launch) => {
  const w = {
    /** Beacons, in the order they came. */
    beacons: [],
    /** What the unmodified library reported on the same page: {path, name, value, attribution, navigationType}. */
    reported: [],
    /** Requests that must not happen. */
    offences: [],
    pages: new Map(),
  };
  let servers = [];
  let files;

  before(async () => {
    files = await builtSite();
    w.manifest = JSON.parse(await readFile(join(files, 'beacon.json'), 'utf8'));
    w.script = await readFile(join(files, 'beacon.js'));

    const collector = await listening(async (request, response) => {
      const path = new URL(request.url, 'http://x').pathname;
      if (request.method === 'OPTIONS') w.offences.push(`preflight of ${path}`);
      if (request.headers.cookie) w.offences.push(`cookie ${request.headers.cookie}`);
      response.setHeader('Access-Control-Allow-Origin', '*');
      if (request.method === 'POST' && /\/api\/beacon$/.test(path)) {
        const text = await body(request);
        assert.ok(text.length <= 65_536);
        w.beacons.push({ ...JSON.parse(text), $type: request.headers['content-type'], $path: path });
        return response.writeHead(202).end();
      }
      if (/\/beacon\.js$/.test(path)) {
        response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8', 'Content-Length': w.script.length });
        return response.end(w.script);
      }
      return response.writeHead(404).end();
    });

    const site = await listening(async (request, response) => {
      const { pathname } = new URL(request.url, 'http://x');
      if (request.method === 'POST') {
        w.reported.push(JSON.parse(await body(request)));
        return response.writeHead(204).end();
      }
      if (pathname === '/web-vitals.js') {
        response.writeHead(200, { 'Content-Type': 'text/javascript' });
        return response.end(await readFile(library));
      }
      const page = w.pages.get(pathname);
      const answer = typeof page === 'function' ? await page(request) : (page ?? '<title>elsewhere</title>');
      const { type, body: content, status = 200, headers = {} } = typeof answer === 'string' ? html(answer) : answer;
      response.writeHead(status, { 'Content-Type': type, ...headers });
      return response.end(content);
    });

    servers = [collector, site];
    // Two hosts, not only two ports: cookies do not tell ports apart.
    w.collector = `http://127.0.0.1:${collector.address().port}`;
    w.site = `http://localhost:${site.address().port}`;
    if (launch !== false) {
      w.browser = await chromium.launch({ executablePath: CHROME, args: FLAGS, ...launch });
    }
  });

  afterEach(async () => {
    const offences = w.offences.splice(0);
    for (const context of w.browser?.contexts() ?? []) await context.close();
    w.beacons.length = w.reported.length = 0;
    w.pages.clear();
    assert.deepEqual(offences, []);
  });

  after(async () => {
    await w.browser?.close();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    await rm(files, { recursive: true, force: true });
  });

  w.html = html;
  w.tag = (attributes = `data-key="${KEY}"`) => `<script async src="${w.collector}/beacon.js" ${attributes}></script>`;

  /** The library as it is published, beside ours, sending what it reports to the site. */
  w.witness = () => `<script src="/web-vitals.js"></script><script>
    for (const reportSoftNavs of [false, true]) for (const name of ['CLS', 'FCP', 'INP', 'LCP', 'TTFB'])
      webVitals['on' + name](({ name, value, navigationType, navigationURL, attribution: a }) => {
        if (reportSoftNavs !== (navigationType === 'soft-navigation')) return;
        const script = a.longestScript?.entry;
        navigator.sendBeacon('/reported', JSON.stringify({ name, value, navigationType, navigationURL, attribution: {
          target: a.target ?? a.interactionTarget ?? a.largestShiftTarget, url: a.url, ttfb: a.timeToFirstByte,
          load_delay: a.resourceLoadDelay, load_time: a.resourceLoadDuration, render_delay: a.elementRenderDelay,
          type: a.interactionType, input_delay: a.inputDelay, processing: a.processingDuration,
          presentation: a.presentationDelay, script: script?.sourceURL, function: script?.sourceFunctionName,
          value: a.largestShiftValue } }));
      }, { reportSoftNavs });
  </script>`;

  /** Opens a page of the site; an error that reaches it fails the test. */
  w.open = async (path, content, context = {}) => {
    if (content !== undefined) w.pages.set(path.split('?')[0], content);
    const page = await (await w.browser.newContext(context)).newPage();
    page.setDefaultTimeout(PATIENCE);
    page.on('pageerror', (error) => w.offences.push(`error in the page: ${error.message}`));
    page.said = [];
    page.on('console', (message) => page.said.push(message));
    await page.goto(w.site + path);
    return page;
  };

  /** The script has run and taken its calls. */
  w.ready = (page) => page.waitForFunction(() => window.perfally?.key);

  w.leave = (page) => page.goto(`${w.site}/elsewhere`);

  w.beacon = (what, fits = () => true) => until(what, () => w.beacons.findLast(fits));

  /** Nothing has come from these pages: shown by something that left later and has come. */
  w.nothingFrom = async (page) => {
    w.pages.set('/sentinel', w.tag(`data-key="${KEY}" data-release="sentinel"`));
    await page.goto(`${w.site}/sentinel`);
    await w.ready(page);
    await w.leave(page);
    await w.beacon('the sentinel', (b) => b.rel === 'sentinel');
    assert.deepEqual(w.beacons.filter((b) => b.rel !== 'sentinel'), []);
  };

  /** Every vital of a beacon is what the published library reported last, and so is each figure behind it. */
  w.agrees = async (beacon, names, within = 1e-4) => {
    const near = (ours, theirs, what) =>
      typeof theirs === 'number'
        ? assert.ok(Math.abs(ours - theirs) < within, `${what}: ${ours}, the library says ${theirs}`)
        : assert.equal(ours, theirs, what);
    for (const name of names) {
      const theirs = await until(`the library's ${name}`, () =>
        w.reported.findLast((m) => m.name.toLowerCase() === name && m.navigationType === beacon.nav),
      );
      near(beacon.vitals[name], theirs.value, name);
      for (const [part, value] of Object.entries(beacon.attr?.[name] ?? {})) {
        const theirPart = /^(url|script)$/.test(part) ? theirs.attribution[part].split('?')[0] : theirs.attribution[part];
        near(value, theirPart, `${name} ${part}`);
      }
    }
  };
  return w;
};
