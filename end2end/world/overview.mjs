/** Reading the overview as a person does: words and figures, not markup. */

import assert from 'node:assert/strict';
import { until } from './until.mjs';

/** "2.31 s", "184 ms", "0.031": the value in milliseconds (CLS: plain), and half of what its last digit is worth. */
export const reading = (text) => {
  const found = /^\s*([\d,]+(?:\.(\d+))?)\s*(ms|s|min)?\s*$/.exec(text.replace(/\u00a0/g, ' '));
  assert.ok(found, `"${text}" is no figure`);
  const unit = { ms: 1, s: 1_000, min: 60_000 }[found[3]] ?? 1;
  return { value: Number(found[1].replaceAll(',', '')) * unit, within: (unit * 10 ** -(found[2]?.length ?? 0)) / 2 };
};

/** Sketches keep 1 %, the page rounds. */
export const agrees = (shown, real, what) => {
  const { value, within } = reading(shown);
  assert.ok(Math.abs(value - real) <= real * 0.01 + within * 1.001, `${what}: the page says ${shown}, it was ${real}`);
};

const words = async (locator) => (await locator.innerText()).replace(/\u00a0/g, ' ');

/** What the overview says now: page views, verdict, and each vital's card. */
export const overview = async (page) => {
  const main = page.getByRole('main');
  const head = /([\d,]+) page views?\b/.exec(await words(main));
  const cards = {};
  for (const card of await main.getByRole('link').filter({ has: page.getByRole('heading', { level: 3 }) }).all()) {
    const name = /^[A-Z]+/.exec(await words(card.getByRole('heading')))[0].toLowerCase();
    const figure = card.locator('.figure');
    cards[name] = {
      figure: (await figure.count()) ? (await words(figure)).replace(/\s+/g, ' ') : null,
      all: await words(card),
    };
  }
  return { pageViews: head ? Number(head[1].replaceAll(',', '')) : 0, cards };
};

/** A table by its caption's beginning: rows of cells. */
export const table = async (page, caption) => {
  const found = page.getByRole('table', { name: caption });
  const rows = await found.locator('tbody tr').all();
  return Promise.all(rows.map(async (row) => Promise.all((await row.locator('th, td').all()).map(async (cell) => (await cell.textContent()).trim().replace(/\u00a0/g, ' ')))));
};

/** Waits until the overview, by itself, counts so many page views. */
export const shows = (page, pageViews, patience) =>
  until(`the overview to show ${pageViews} page views`, async () => {
    const now = await overview(page);
    return now.pageViews === pageViews && now;
  }, patience);

/** The whole content as text, tables that are folded away included, for comparing two renderings of one address. */
export const content = (page) =>
  page.getByRole('main').evaluate((main) => {
    const copy = main.cloneNode(true);
    for (const drawn of copy.querySelectorAll('perf-chart, script, style')) drawn.remove();
    // Elements part words that textContent would join.
    const texts = [];
    const walk = (node) => {
      if (node.nodeType === 3 && node.data.trim()) texts.push(node.data.trim().replace(/\s+/g, ' '));
      for (const child of node.childNodes) walk(child);
    };
    walk(copy);
    return texts.join('\n');
  });
