/** What pages claim is what is behind them: the demo's charts and tables, the prices, and text that comes from strangers. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { account, signIn } from '../world/accounts.mjs';
import { report } from '../world/beacon.mjs';
import { person, PHONE } from '../world/browser.mjs';
import { content, overview, reading, table } from '../world/overview.mjs';
import { readThrough } from '../world/page_checks.mjs';
import { admin, site } from '../world/process.mjs';
import { until } from '../world/until.mjs';

const demoIsReady = () => until('the demo', async () => (await (await fetch(`${site}/demo`)).text()).includes('perf-chart'), 180_000);

/** A table's row for every point of the chart that has a value, with the same value. */
const twinAgrees = async (page) => {
  const chart = page.locator('perf-chart').first();
  const option = JSON.parse(await chart.getAttribute('option'));
  const names = [option.xAxis].flat()[0].data;
  const id = await chart.getAttribute('table');
  const rows = await page.locator(`[id="${id}"] tbody tr`).evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim())));
  const columns = await page.locator(`[id="${id}"] thead th`).allTextContents();
  assert.ok(rows.length > 20, `${rows.length} rows`);
  assert.equal(new Set(names).size, names.length, 'points of one name');
  for (const line of option.series.filter(({ data }) => data.length)) {
    const column = columns.indexOf(line.name);
    const drawn = new Map(names.map((name, at) => [name, line.data[at]]).filter(([, value]) => typeof value === 'number'));
    for (const row of rows) {
      if (!drawn.has(row[0])) {
        assert.equal(row[column], '–', `${line.name} of ${row[0]}`);
        continue;
      }
      const { value, within } = reading(row[column]);
      // The chart's points are rounded to the millisecond, to a ten-thousandth for CLS.
      assert.ok(Math.abs(value - drawn.get(row[0])) <= within + 0.51, `${line.name} of ${row[0]}: table ${row[column]}, chart ${drawn.get(row[0])}`);
      drawn.delete(row[0]);
    }
    assert.deepEqual([...drawn.keys()], [], `${line.name}: points without a row`);
  }
};

test('the demo draws its charts from the figures that its table shows', async (t) => {
  await demoIsReady();
  const visitor = await person(t);
  for (const view of ['/demo', '/demo?period=7d&device=mobile&vital=inp']) {
    await visitor.go(view);
    await readThrough(visitor.page, 1);
    await twinAgrees(visitor.page);
  }
  const { cards, pageViews } = await overview(visitor.page);
  assert.ok(pageViews > 500);
  assert.deepEqual(Object.keys(cards), ['lcp', 'inp', 'cls', 'fcp', 'ttfb']);
  for (const { figure } of Object.values(cards)) assert.ok(reading(figure).value > 0);
});

test('T on a chart leads to its table, and arrows read its points', async (t) => {
  await demoIsReady();
  const visitor = await person(t);
  await visitor.go('/demo');
  await readThrough(visitor.page, 1);
  const drawing = visitor.page.locator('perf-chart').first().locator('[role=img][tabindex]');
  await drawing.focus();
  await drawing.press('ArrowRight');
  await drawing.press('t');
  const table = visitor.page.locator('#trend-chart-table');
  await until('the table to open', () => table.evaluate((details) => details.open));
});

test('choosing a vital, a period and a device keeps the page, changes the address, and the way back works', async (t) => {
  await demoIsReady();
  const visitor = await person(t, PHONE);
  const { page } = visitor;
  await visitor.go('/demo');
  await page.evaluate(() => (window.sameDocument = true));
  const all = await overview(page);
  await page.getByRole('navigation', { name: 'Device' }).getByRole('link', { name: 'Desktop' }).click();
  const desktop = await until('fewer page views', async () => {
    const now = await overview(page);
    return now.pageViews && now.pageViews < all.pageViews && now;
  });
  await page.getByRole('navigation', { name: 'Period' }).getByRole('link', { name: '7d' }).click();
  await until('fewer still', async () => (await overview(page)).pageViews < desktop.pageViews);
  await page.getByRole('main').getByRole('link').filter({ has: page.getByRole('heading', { name: /^INP/ }) }).click();
  await page.getByRole('heading', { name: 'Interaction to Next Paint over time' }).waitFor();
  assert.equal(new URL(page.url()).search, '?period=7d&device=desktop&vital=inp');
  for (let back = 0; back < 3; back++) await page.goBack();
  await until('all page views again', async () => (await overview(page)).pageViews === all.pageViews);
  assert.ok(await page.evaluate(() => window.sameDocument));
});

test('prices and limits are those of the one table of plans', async (t) => {
  const source = await readFile(new URL('../../domain/src/billing/plan.rs', import.meta.url), 'utf8');
  const plans = ['Free', 'Pro', 'Agency'].map((name) => {
    const limits = new RegExp(`Self::${name} => Limits \\{([^]*?)\\n            \\}`).exec(source)[1];
    const number = (field) => Number(new RegExp(`${field}: (?:Limit::AtMost\\()?([\\d_]+)`).exec(limits)?.[1].replaceAll('_', ''));
    return { name, price: number('price_cents_per_month') / 100, projects: number('projects'), days: number('raw_days'), metrics: number('metrics_per_month') };
  });
  assert.deepEqual(plans.map(({ price }) => price), [0, 29, 199]);
  const visitor = await person(t);
  for (const path of ['/', '/pricing']) {
    await visitor.go(path);
    for (const { name, price, projects, days, metrics } of plans) {
      const card = visitor.page.getByRole('listitem').filter({ has: visitor.page.getByRole('heading', { name, exact: true }) }).first();
      const words = (await card.innerText()).replace(/\u00a0/g, ' ').replace(/\s+/g, ' ');
      const count = (n) => (Number.isNaN(n) ? 'Unlimited' : n.toLocaleString('en'));
      for (const claim of [`$${price} a month`, `${count(projects)} project`, `${days} days`, `${count(metrics)} metrics`])
        assert.ok(words.includes(claim), `${path}: ${name} does not say "${claim}": ${words}`);
    }
  }
});

test('what strangers send and owners type is text, wherever it stands', async (t) => {
  const attack = `<script>window.hurt=1</script><img src=x onerror="window.hurt=1">"'&\u202eשלום`;
  const email = await account('hostile', 'agency');
  const name = attack.slice(0, 80);
  const { project_id: project, site_key: key } = await admin(['project', 'add', '--owner', email, '--name', name, '--origin', 'https://shop.example']);
  const paths = ['/<script>window.hurt=1</script>', '/"onmouseover=window.hurt=1 x="', `/'}]};window.hurt=1//`, '/\u202eשלום/مرحبا', '/</perf-chart><script>window.hurt=1</script>', '/{{window.hurt=1}}'];
  for (const path of paths) {
    const attr = { target: attack, url: `https://shop.example/${attack}` };
    const inp = { target: attack, type: 'pointer', input_delay: 1, processing: 2, presentation: 3, script: attack, function: attack };
    const view = { attr: { lcp: attr, inp, cls: { target: attack, value: 0.1 } }, metrics: { [attack.slice(0, 60)]: 1 }, tags: { [attack.slice(0, 60)]: attack.slice(0, 60) }, rel: attack.slice(0, 60), ref: 'https://evil.example' };
    assert.equal(await report(key, encodeURI(`https://shop.example${path}`), view), 202);
    assert.equal(await report(key, `https://shop.example${path}`, view), 202);
  }
  for (const settings of [{}, { javaScriptEnabled: false }]) {
    const ada = await person(t, settings);
    ada.page.on('dialog', () => ada.faults.push('a dialog opened'));
    await signIn(ada, email);
    const unhurt = async () => assert.equal(await ada.page.evaluate(() => window.hurt), undefined);
    await ada.go(`/projects/${project}`);
    assert.equal(await ada.page.getByRole('heading', { level: 1 }).textContent(), name);
    assert.ok((await ada.page.title()).startsWith(name));
    const groups = (await table(ada.page, /^Page groups/)).map(([group]) => group);
    assert.ok(groups.length >= paths.length - 1, groups.join('\n'));
    await unhurt();
    for (const [at, group] of groups.entries()) {
      await ada.page.getByRole('table', { name: /^Page groups/ }).getByRole('row').nth(at + 1).getByRole('link').click();
      await ada.page.waitForURL('**page_group=**');
      await until(`the group ${group}`, async () => (await table(ada.page, /^Page groups/)).every(([shown]) => shown === group));
      await unhurt();
      await ada.page.goBack();
      await until('all groups', async () => (await table(ada.page, /^Page groups/)).length === groups.length);
    }
    for (const path of ['/projects', `/projects/${project}/metrics`, `/projects/${project}/install`, `/projects/${project}/settings`]) {
      await ada.go(path);
      await unhurt();
    }
    assert.equal(await ada.page.getByLabel('Name of the project', { exact: true }).first().inputValue(), name);
    await ada.go(`/projects/${project}?page_group=${encodeURIComponent(attack)}&period=${encodeURIComponent(attack)}&device=%3Cscript%3E&vital=%00`);
    assert.ok((await content(ada.page)).length > 0);
    await unhurt();
    await ada.go(`/sign-in?next=${encodeURIComponent(`javascript:window.hurt=1//${attack}`)}`);
    await unhurt();
  }
});
