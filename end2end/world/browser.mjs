/**
 * Real browsers, and the people in front of them. Whoever looks at our pages is strict: an error or a warning in the
 * console, an exception, a violation of the content policy or a failure of the server fails the test that caused it.
 */

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { chromium } from 'playwright-core';
import { site } from './process.mjs';
import { PATIENCE, until } from './until.mjs';

const CHROME = process.env.CHROME_PATH || '/usr/bin/chromium';
const FLAGS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

// A headless browser names itself so, and is counted as a bot; people's browsers do not.
const agent = (system, mobile = '') =>
  `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 ${mobile}Safari/537.36`;

export const DESKTOP = { viewport: { width: 1440, height: 900 }, userAgent: agent('X11; Linux x86_64') };
/** A window beside another one, or a tablet held upright. */
export const NARROW = { ...DESKTOP, viewport: { width: 768, height: 1024 } };
export const PHONE = {
  viewport: { width: 390, height: 844 }, userAgent: agent('Linux; Android 10; K', 'Mobile '), isMobile: true, hasTouch: true,
};

const launched = new Map();
/**
 * One browser a user agent for a test file: what leaves with a page that is left, as beacons do, names the browser's
 * own agent, whatever a context pretends.
 */
const browser = (userAgent) => {
  if (!launched.has(userAgent)) launched.set(userAgent, chromium.launch({ executablePath: CHROME, args: [...FLAGS, `--user-agent=${userAgent}`] }));
  return launched.get(userAgent);
};
after(async () => {
  for (const one of launched.values()) await (await one).close();
});

/** Runs in every page before its own scripts: notes when the bundle has woken the page, and every shift of the layout. */
const observe = () => {
  const real = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (...given) => {
    const { instance, module } = await real.apply(WebAssembly, given);
    const exports = { ...instance.exports };
    exports.hydrate = (...rest) => {
      instance.exports.hydrate(...rest);
      requestAnimationFrame(() => requestAnimationFrame(() => (window.awake = true)));
    };
    return { instance: { exports }, module };
  };
  const name = (node) =>
    node?.nodeType === 1 ? `${node.localName}${node.id ? `#${node.id}` : ''}.${String(node.getAttribute('class') ?? '').split(' ').slice(0, 4).join('.')}` : String(node?.nodeName);
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries())
      if (!shift.hadRecentInput)
        window.shifts.push({ value: shift.value, at: Math.round(shift.startTime), of: shift.sources.map((source) => name(source.node)).join(', ') });
  }).observe({ type: 'layout-shift', buffered: true });
  document.addEventListener('securitypolicyviolation', (event) =>
    console.error(`the content policy forbids ${event.effectiveDirective}: ${event.blockedURI}`),
  );
};

/**
 * Somebody with a browser of their own, closed when the test `t` ends.
 * `settings` are Playwright's for a context; DESKTOP is the default.
 */
export const person = async (t, settings = {}) => {
  const options = { ...DESKTOP, baseURL: site, locale: 'en-GB', ...settings };
  const context = await (await browser(options.userAgent)).newContext(options);
  const scripts = options.javaScriptEnabled !== false;
  if (scripts) await context.addInitScript(observe);
  context.setDefaultTimeout(PATIENCE);
  context.setDefaultNavigationTimeout(PATIENCE);

  const faults = [];
  const expected = [];
  const fault = (long) => {
    const words = long.length > 700 ? `${long.slice(0, 700)} …` : long;
    const known = expected.find(({ pattern }) => pattern.test(words));
    if (known) known.met = true;
    else if (!faults.includes(words)) faults.push(words);
  };
  context.on('console', (message) => {
    if (!['error', 'warning', 'assert'].includes(message.type())) return;
    fault(`${message.type()} in the console of ${path(message.page()?.url())}: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => fault(`exception on ${path(error.page()?.url())}: ${error.error().stack ?? error.error()}`));
  context.on('response', (response) => {
    if (response.status() >= 500) fault(`status ${response.status()} of ${response.url()}`);
  });

  const page = await context.newPage();
  t.after(async () => {
    await context.close();
    assert.deepEqual(faults, [], 'the pages complained');
    assert.deepEqual(expected.filter(({ met }) => !met).map(({ pattern }) => String(pattern)), [], 'an expected complaint did not come');
  });

  const someone = {
    page,
    context,
    faults,
    /** A complaint that belongs to what the test does, such as a refusal's status in the console. */
    expects: (pattern) => {
      if (!expected.some((known) => String(known.pattern) === String(pattern))) expected.push({ pattern, met: false });
    },
    /** One that may come or not, as the browser is quick enough to note it. */
    tolerates: (pattern) => expected.push({ pattern, met: true }),
    /** The page is there and its scripts run. */
    awake: async (at = page) => {
      await at.waitForLoadState();
      // Most pages are at rest, and have nothing to wake.
      if (!scripts || !(await at.locator('script[data-wakes]').count())) return;
      const before = faults.length;
      await until('the page to wake', async () => {
        // A page that fell on waking never will: no need to wait for it.
        assert.deepEqual(faults.slice(before), []);
        return at.evaluate(() => window.awake);
      });
    },
    go: async (address, at = page) => {
      const answer = await at.goto(address);
      await someone.awake(at);
      return answer;
    },
    /** Presses a button or a link by its words. */
    press: (words, at = page) => at.getByRole('button', { name: words }).or(at.getByRole('link', { name: words })).first().click(),
    /** Fills the fields of the form that stands in the page's middle, by label. */
    fill: async (fields, at = page) => {
      for (const [label, value] of Object.entries(fields)) await at.getByRole('main').getByLabel(label, { exact: true }).fill(value);
    },
    /** The words on the page, as one reads them. */
    words: (at = page) => at.locator('body').innerText(),
  };
  return someone;
};

const path = (url) => (url?.startsWith(site) ? url.slice(site.length) : url);
