/** What goes wrong, or takes long, stops nothing but itself; and the way back leads to where one was. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account, signIn } from '../world/accounts.mjs';
import { reportMany } from '../world/beacon.mjs';
import { DESKTOP, person, PHONE } from '../world/browser.mjs';
import { overview } from '../world/overview.mjs';
import { readThrough } from '../world/page_checks.mjs';
import { admin } from '../world/process.mjs';
import { until } from '../world/until.mjs';

const FIGURES = '**/api/ui/rum/figures*';

const device = (page, name) => page.getByRole('navigation', { name: 'Device' }).getByRole('link', { name });

test('figures that cannot be had are told of, and the page goes on with those that it has', async (t) => {
  const visitor = await person(t);
  visitor.expects(/ERR_FAILED/);
  const { page } = visitor;
  await visitor.go('/demo');
  await page.evaluate(() => (window.sameDocument = true));
  const all = await overview(page);
  await page.route(FIGURES, (route) => route.abort('failed'));
  await device(page, 'Desktop').click();
  const told = page.getByRole('main').getByRole('alert');
  await told.waitFor();
  assert.match(await told.innerText(), /could not be reached/);
  assert.ok(await told.getByRole('link', { name: 'Try again' }).isVisible());
  assert.deepEqual(await overview(page), all, 'the figures stand as they were');
  await page.locator('#trend-chart-table summary').click();
  assert.ok(await page.locator('#trend-chart-table table').isVisible(), 'the rest of the page answers');
  await page.unroute(FIGURES);
  await device(page, 'Mobile').click();
  await until('the figures of phones', async () => (await overview(page)).pageViews < all.pageViews);
  await told.waitFor({ state: 'detached' });
  assert.ok(await page.evaluate(() => window.sameDocument));
});

test('while figures are on their way, the page answers; the newest question wins', async (t) => {
  const visitor = await person(t);
  const { page } = visitor;
  await visitor.go('/demo');
  const all = await overview(page);
  let held = 0;
  await page.route(FIGURES, async (route) => {
    // Of the first question alone: it comes back after the second was answered.
    if (route.request().url().includes('desktop')) {
      held += 1;
      await new Promise((resolve) => setTimeout(resolve, 3_000));
    }
    await route.continue();
  });
  await device(page, 'Desktop').click();
  await until('the slow question', () => held > 0);
  await page.locator('#trend-chart-table summary').click();
  assert.ok(await page.locator('#trend-chart-table table').isVisible());
  await device(page, 'Mobile').click();
  const phones = await until('the figures of phones', async () => {
    const now = await overview(page);
    return now.pageViews < all.pageViews && now;
  });
  await page.waitForTimeout(3_500);
  assert.equal((await overview(page)).pageViews, phones.pageViews, 'an answer that came late was shown');
  assert.equal(new URL(page.url()).search, '?device=mobile');
  assert.ok(await page.locator('#trend-chart-table table').isVisible(), 'what was open stays open');
});

test('a deploy and an incident that are noted appear on a page that is open', async (t) => {
  const email = await account('onlooker', 'agency');
  const { project_id: project, site_key: key } = await admin(['project', 'add', '--owner', email, '--name', 'Shop', '--origin', 'https://shop.example']);
  await reportMany(key, 'https://shop.example', 20);
  const owner = await person(t);
  const { page } = owner;
  await signIn(owner, email);
  await owner.go(`/projects/${project}`);
  await page.evaluate(() => (window.sameDocument = true));
  const marks = page.locator('#trend').getByText(/^an? (deploy|incident)$/);
  assert.equal(await marks.count(), 0);
  await admin(['deploy', 'add', '--project', project, '--release', 'v9']);
  await page.locator('#trend').getByText('a deploy', { exact: true }).waitFor();
  const at = new Date(Date.now() - 3_600_000).toISOString();
  await admin(['incident', 'add', '--owner', email, '--project', project, '--at', at, '--note', 'The cache was cold']);
  await page.locator('#trend').getByText('an incident', { exact: true }).waitFor();
  assert.ok(await page.evaluate(() => window.sameDocument));
});

test('on a slow way nothing moves either, while a page is on its way', async (t) => {
  const email = await account('far-away', 'agency');
  const { project_id: project, site_key: key } = await admin(['project', 'add', '--owner', email, '--name', 'Shop', '--origin', 'https://shop.example']);
  await reportMany(key, 'https://shop.example');
  for (const settings of [PHONE, DESKTOP]) {
    const owner = await person(t, settings);
    const { page } = owner;
    await signIn(owner, email);
    const network = await owner.context.newCDPSession(page);
    await network.send('Network.enable');
    // Twenty kilobytes take a second.
    await network.send('Network.emulateNetworkConditions', { offline: false, latency: 50, downloadThroughput: 20_000, uploadThroughput: -1 });
    for (const path of ['/demo', `/projects/${project}`, `/projects/${project}/pages`, `/projects/${project}/health`]) {
      await page.goto(path);
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 300))));
      assert.deepEqual(await page.evaluate(() => window.shifts), [], `${path} at ${settings.viewport.width} px`);
    }
  }
});

test('back and forward lead to the filters and to the place where one was', async (t) => {
  const visitor = await person(t);
  const { page } = visitor;
  await visitor.go('/demo?device=mobile&period=7d');
  await readThrough(page, 1);
  const row = page.getByRole('table', { name: /^Page groups/ }).getByRole('link').first();
  await row.scrollIntoViewIfNeeded();
  const there = await page.evaluate(() => scrollY);
  assert.ok(there > 300, `the table stands at ${there}`);
  await visitor.go('/pricing');
  await page.goBack();
  await visitor.awake();
  assert.equal(new URL(page.url()).search, '?device=mobile&period=7d');
  await until('the place where one was', async () => Math.abs((await page.evaluate(() => scrollY)) - there) < 50);
  await row.click();
  await page.waitForURL('**page_group=**');
  assert.ok((await page.evaluate(() => scrollY)) > 200, 'a filter leaves the reader where they are');
  await page.goBack();
  await until('the view before', async () => new URL(page.url()).search === '?device=mobile&period=7d');
  await page.goForward();
  await page.waitForURL('**page_group=**');
});
