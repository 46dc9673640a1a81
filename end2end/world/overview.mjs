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

/** What the overview says now, read at one moment: page views, and each vital's card. */
export const overview = (page) =>
  page.getByRole('main').evaluate((main) => {
    const words = (element) => element.innerText.replace(/\u00a0/g, ' ').replace(/\s+/g, ' ').trim();
    const pageViews = /([\d,]+) page views?\b/.exec(words(main))?.[1].replaceAll(',', '');
    const cards = [...main.querySelectorAll('a:has(h3)')].map((card) => {
      const figure = card.querySelector('.figure');
      return [/^[A-Z]+/.exec(words(card.querySelector('h3')))[0].toLowerCase(), { figure: figure && words(figure), all: words(card) }];
    });
    return { pageViews: Number(pageViews ?? 0), cards: Object.fromEntries(cards) };
  });

/** A table by its caption's beginning, read at one moment: rows of cells. */
export const table = (page, caption) =>
  page.getByRole('table', { name: caption }).evaluate((table) =>
    [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim().replace(/\u00a0/g, ' '))),
  );

/** Waits until the overview, by itself, counts so many page views. */
export const shows = async (page, pageViews, patience) => {
  let now;
  return until(
    () => `the overview to show ${pageViews} page views; it shows ${now.pageViews}`,
    async () => {
      now = await overview(page);
      return now.pageViews === pageViews && now;
    },
    patience,
  );
};

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
