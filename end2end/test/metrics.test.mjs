/** Custom metrics: what was sent is what is shown, however much of it there is, under every filter. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account, signIn } from '../world/accounts.mjs';
import { report } from '../world/beacon.mjs';
import { person } from '../world/browser.mjs';
import { table } from '../world/overview.mjs';
import { readThrough } from '../world/page_checks.mjs';
import { admin } from '../world/process.mjs';
import { until } from '../world/until.mjs';

const ORIGIN = 'https://shop.example';
const PERCENTILES = [50, 75, 90, 95, 99];

/** The value that at least so many of a hundred do not exceed, as SQL's percentile_disc. */
const disc = (values, percent) => [...values].sort((a, b) => a - b)[Math.ceil((values.length * percent) / 100) - 1];

/** As the page writes a number that is 100 or more, or whole. */
const number = (value) => Math.round(value).toLocaleString('en').replace('-', '\u2212');

const site = async (word, plan) => {
  const email = await account(word, plan);
  const { project_id: project, site_key: key } = await admin(['project', 'add', '--owner', email, '--name', 'Shop', '--origin', ORIGIN]);
  return { email, key, page: `/projects/${project}/metrics` };
};

const send = async (key, metrics, dev = 'desktop') => assert.equal(await report(key, `${ORIGIN}/`, { dev, metrics }), 202);

test('every percentile of what was sent, by name and by filter, and its trend', async (t) => {
  const { email, key, page: path } = await site('metrics', 'pro');
  // Not in the order of their size.
  const sent = Array.from({ length: 80 }, (_, at) => ({ dev: at % 4 ? 'desktop' : 'mobile', cart_ready: 300 + ((at * 37) % 80) * 25, balance: ((at * 53) % 80) - 40 }));
  for (const { dev, ...metrics } of sent) await send(key, metrics, dev);
  const owner = await person(t);
  const { page } = owner;
  await signIn(owner, email);
  for (const device of ['', 'mobile', 'desktop']) {
    await owner.go(device ? `${path}?device=${device}` : path);
    const of = sent.filter(({ dev }) => !device || dev === device);
    const rows = new Map((await table(page, /^Custom metrics/)).map(([name, ...cells]) => [name, cells]));
    for (const name of ['cart_ready', 'balance']) {
      const expected = PERCENTILES.map((percent) => number(disc(of.map((one) => one[name]), percent)));
      assert.deepEqual(rows.get(name).slice(0, 6), [String(of.length), ...expected], `${name} of ${device || 'all'}`);
    }
  }
  await owner.go(path);
  await page.getByRole('table', { name: /^Custom metrics/ }).getByRole('link', { name: 'cart_ready' }).click();
  await page.waitForURL('**metric=cart_ready');
  await page.getByRole('heading', { name: 'cart_ready over time' }).waitFor();
  await readThrough(page, 1);
  await page.locator('#metric-chart-table summary').click();
  const days = await page.locator('#metric-chart-table tbody tr').evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim())));
  // Midnight may have passed meanwhile.
  assert.equal(days.reduce((sum, day) => sum + Number(day[6]), 0), 80);
  await page.getByRole('navigation', { name: 'Percentile' }).getByRole('link', { name: 'p95' }).click();
  await page.waitForURL(/percentile=p95.*metric=cart_ready/);
  const figure = page.locator('#metric .figure');
  assert.equal(await figure.innerText(), number(disc(sent.map((one) => one.cart_ready), 95)));
});

test('none, few, and not in the plan are told as such, each with a next step', async (t) => {
  const { email, key, page: path } = await site('few-metrics', 'pro');
  const owner = await person(t);
  const { page } = owner;
  await signIn(owner, email);
  const main = page.getByRole('main');
  await owner.go(path);
  await main.getByText('No number was sent in this view').waitFor();
  await main.getByText("perfally('metric', 'cart_ready', 812)").waitFor();
  assert.equal(await main.getByRole('link', { name: 'Take period and filters away' }).count(), 0);
  await owner.go(`${path}?device=mobile&period=7d`);
  await main.getByRole('link', { name: 'Take period and filters away' }).click();
  await page.waitForURL(`**${path}`);

  for (let at = 0; at < 3; at++) await send(key, { cart_ready: 100 });
  await owner.go(path);
  const [few] = await table(page, /^Custom metrics/);
  assert.deepEqual(few.slice(0, 4), ['cart_ready', '3', '–', 'too few']);
  await main.getByText('3 of 10 page views that it takes').waitFor();
  assert.equal(await page.locator('perf-chart').count(), 0);
  for (let at = 0; at < 9; at++) await send(key, { cart_ready: 100 + at });
  await owner.go(path);
  await main.getByText('Provisional').waitFor();
  await until('the chart', async () => (await page.locator('perf-chart').count()) === 1);

  const free = await site('no-metrics', 'free');
  await send(free.key, { cart_ready: 100 });
  const other = await person(t);
  await signIn(other, free.email);
  await other.go(free.page);
  await other.page.getByRole('main').getByText('Part of the plans Pro and Agency').waitFor();
  assert.equal(await other.page.getByRole('main').getByText('cart_ready').count(), 0);
  await other.page.getByRole('main').getByRole('link', { name: 'See the plans' }).click();
  await other.page.waitForURL('**/pricing');
});
