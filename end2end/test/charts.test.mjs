/** What one can do with charts: mark a part, read hours of the week, see what went wrong, take the figures along. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { account, signIn } from '../world/accounts.mjs';
import { report, reportMany } from '../world/beacon.mjs';
import { person } from '../world/browser.mjs';
import { shows } from '../world/overview.mjs';
import { readThrough } from '../world/page_checks.mjs';
import { admin, site } from '../world/process.mjs';
import { until } from '../world/until.mjs';

const demoIsReady = () => until('the demo', async () => (await (await fetch(`${site}/demo`)).text()).includes('perf-chart'), 180_000);

const trend = (page) => page.locator('perf-chart[table="trend-chart-table"]').first();
const drawing = (chart) => chart.locator('[role=img][tabindex]');
const says = (chart, words, what = words) =>
  until(`the chart to say ${what}`, async () => words.test(await drawing(chart).evaluate((drawn) => drawn.innerText.replace(/\u00a0/g, ' '))));
const rows = (page, id) =>
  page.locator(`[id="${id}"] tbody tr`).evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim().replace(/\u00a0/g, ' '))));
const period = (page) => {
  const { searchParams } = new URL(page.url());
  return ['period', 'from', 'to'].map((name) => searchParams.get(name));
};

test('marking a part of the trend leads to its days without a reload, and two ways lead back', async (t) => {
  await demoIsReady();
  const visitor = await person(t);
  const { page } = visitor;
  await visitor.go('/demo?vital=inp');
  await readThrough(page, 3);
  await page.evaluate(() => (window.sameDocument = true));
  const { days } = JSON.parse(await trend(page).getAttribute('zoom'));
  assert.equal(days.length, 28);
  const { x, y, width } = await trend(page).boundingBox();
  const at = (day) => x + 56 + ((width - 68) * day) / 27;
  await page.mouse.move(at(10), y + 100);
  await page.mouse.down();
  await page.mouse.move(at(16), y + 110, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL('**period=custom**');
  assert.deepEqual(period(page), ['custom', days[10], days[16]]);
  assert.equal(new URL(page.url()).searchParams.get('vital'), 'inp');
  const zoomed = async () => JSON.parse(await trend(page).getAttribute('zoom')).days;
  await until('seven days', async () => new Set(await zoomed()).size === 7);

  // By keys: so few days are told by the hour, and thirty hours to the left is the day before the last.
  await drawing(trend(page)).focus();
  for (const key of ['End', ...Array(30).fill('Shift+ArrowLeft'), 'Enter']) await page.keyboard.press(key);
  await page.waitForURL(`**from=${days[15]}**`);
  assert.deepEqual(period(page), ['custom', days[15], days[16]]);
  await until('two days', async () => new Set(await zoomed()).size === 2);

  await page.getByRole('link', { name: 'Zoom out' }).click();
  await page.waitForURL(`**from=${days[14]}**`);
  assert.deepEqual(period(page), ['custom', days[14], days[17]]);
  for (let back = 0; back < 3; back++) await page.goBack();
  await until('all days again', async () => (await zoomed()).length === 28);
  assert.deepEqual(period(page), [null, null, null]);
  assert.ok(await page.evaluate(() => window.sameDocument));
});

test('the trend and the page views below it share their crosshair', async (t) => {
  await demoIsReady();
  const visitor = await person(t);
  await visitor.go('/demo');
  await readThrough(visitor.page, 3);
  const views = visitor.page.locator('perf-chart[size=strip]');
  await drawing(trend(visitor.page)).focus();
  for (const key of ['Home', 'ArrowRight', 'ArrowRight']) await visitor.page.keyboard.press(key);
  const third = JSON.parse(await trend(visitor.page).getAttribute('option')).xAxis.data[2];
  await says(trend(visitor.page), new RegExp(`${third}[^]*p75`), `${third} in the trend`);
  await says(views, new RegExp(`${third}[^]*Page views`), `${third} below it`);
});

test('the hours of the week are told alike by cells, arrows and table', async (t) => {
  await demoIsReady();
  const visitor = await person(t);
  const { page } = visitor;
  await visitor.go('/demo?device=mobile');
  await readThrough(page, 4);
  const chart = page.locator('perf-chart[table="hours-chart-table"]');
  const cells = JSON.parse(await chart.getAttribute('option')).series[0].data;
  const table = await rows(page, 'hours-chart-table');
  assert.deepEqual([cells.length, table.length, table[0].length], [168, 24, 8]);
  let told = 0;
  for (const { value: [hour, day, value] } of cells) {
    const shown = table[hour][day + 1];
    if (value === '-') {
      assert.equal(shown, '–');
      continue;
    }
    told += 1;
    const [, number, unit] = /^([\d.]+) (ms|s)$/.exec(shown);
    assert.ok(Math.abs(Number(number) * { ms: 1, s: 1_000 }[unit] - value) <= (unit === 's' ? 5.5 : 1), `${day} ${hour}: ${shown}, ${value}`);
  }
  assert.ok(told > 150, `${told} hours with a value`);
  await drawing(chart).focus();
  await page.keyboard.press('Home');
  await says(chart, /Mon, 00:00/);
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
  await says(chart, /Wed, 01:00/);
});

const download = async (page, chart, kind) => {
  await chart.hover();
  await chart.locator('summary').click();
  const [file] = await Promise.all([page.waitForEvent('download'), chart.getByRole('button', { name: kind, exact: true }).click()]);
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
};

test('an incident and a deploy are marked apart, and no cell of a file is a formula', async (t) => {
  const email = await account('files', 'agency');
  const { project_id: project, site_key: key } = await admin(['project', 'add', '--owner', email, '--name', 'Files', '--origin', 'https://shop.example']);
  await reportMany(key, 'https://shop.example');
  const now = new Date();
  const ago = (hours) => new Date(now - hours * 3_600_000).toISOString();
  await admin(['deploy', 'add', '--project', project, '--release', '=1+1', '--at', ago(1)]);
  await admin(['incident', 'add', '--owner', email, '--project', project, '--at', ago(3), '--until', ago(1), '--note', '@SUM(A1)']);
  const owner = await person(t);
  const { page } = owner;
  await signIn(owner, email);
  await owner.go(`/projects/${project}?period=24h`);
  await readThrough(page, 3);
  const { series } = JSON.parse(await trend(page).getAttribute('option'));
  const [incident] = series.filter(({ name }) => name === 'Incidents');
  assert.deepEqual(incident.markLine.data.map(({ name }) => name), ['@SUM(A1)']);
  assert.deepEqual(incident.markLine.symbol, ['none', 'triangle']);
  const [[{ xAxis: from }, { xAxis: to }]] = incident.markArea.data;
  assert.equal(to - from, 2);
  assert.deepEqual(series.flatMap(({ name, markLine }) => (name === 'Incidents' ? [] : markLine?.data ?? [])).map(({ name }) => name), ['=1+1']);
  for (const words of ['a deploy', 'an incident']) await page.getByText(words, { exact: true }).waitFor();
  const noted = (await rows(page, 'trend-chart-table')).filter((row) => row[7]);
  assert.deepEqual(noted.map((row) => row[7]), ['@SUM(A1)', '@SUM(A1)', '@SUM(A1)']);

  const csv = await download(page, trend(page), 'CSV');
  assert.match(csv.name, /^lcp-trend-p75-\d{4}-\d\d-\d\d-to-\d{4}-\d\d-\d\d\.csv$/);
  const lines = csv.bytes.toString().replace('\ufeff', '').trimEnd().split('\r\n');
  assert.equal(lines[0], 'When,p50,p75,p95,p75 before,Page views,Deploys,Incidents');
  assert.equal(lines.filter((line) => line.endsWith(",'@SUM(A1)")).length, 3);
  assert.equal(lines.filter((line) => line.includes(",'=1+1")).length, 1);
  for (const cell of lines.flatMap((line) => line.split(','))) assert.doesNotMatch(cell, /^"?[=+\-@\t\r]/);
  const svg = await download(page, trend(page), 'SVG');
  assert.ok(svg.name.endsWith('.svg') && svg.bytes.toString().includes('<svg'));
  const png = await download(page, trend(page), 'PNG');
  assert.deepEqual([png.name.endsWith('.png'), png.bytes.subarray(1, 4).toString()], [true, 'PNG']);
});

test('what the reader has opened stays open while page views come', async (t) => {
  const email = await account('reader', 'agency');
  const { project_id: project, site_key: key } = await admin(['project', 'add', '--owner', email, '--name', 'Reader', '--origin', 'https://shop.example']);
  await reportMany(key, 'https://shop.example', 40);
  const owner = await person(t);
  const { page } = owner;
  await signIn(owner, email);
  await owner.go(`/projects/${project}`);
  await shows(page, 40);
  await readThrough(page, 3);
  await drawing(trend(page)).focus();
  await page.keyboard.press('t');
  const kept = () =>
    page.evaluate(() => ({
      open: document.querySelector('#trend-chart-table').open,
      focus: document.activeElement.closest('details')?.id,
      drawn: document.querySelector('perf-chart') === window.chart && Boolean(window.chart.shadowRoot.querySelector('svg')),
    }));
  await page.evaluate(() => (window.chart = document.querySelector('perf-chart')));
  const before = (await rows(page, 'trend-chart-table')).at(-1)[5];
  assert.equal(await report(key, 'https://shop.example/coffee'), 202);
  await shows(page, 41, 15_000);
  assert.deepEqual([before, (await rows(page, 'trend-chart-table')).at(-1)[5]], ['40', '41']);
  assert.deepEqual(await kept(), { open: true, focus: 'trend-chart-table', drawn: true });
});
