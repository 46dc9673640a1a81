/** What must hold on every page, whatever it shows. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { until } from './until.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Wakes what waits for the reader to come near, up to the page's end and back; all charts are drawn then. */
export const readThrough = async (page, charts) => {
  await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    for (let top = 0; top <= document.documentElement.scrollHeight; top += innerHeight) {
      scrollTo(0, top);
      await frame();
    }
    scrollTo(0, 0);
    await frame();
  });
  const drawn = () =>
    page.evaluate(() => [...document.querySelectorAll('perf-chart')].map((chart) => chart.shadowRoot?.querySelectorAll('svg path').length ?? 0));
  await until(`${charts} charts to be drawn`, async () => {
    const paths = await drawn();
    return paths.length >= charts && paths.every((count) => count > 3);
  });
};

/** Facts of a page's frame, gathered at once. */
export const facts = (page) =>
  page.evaluate(() => ({
    lang: document.documentElement.lang,
    title: document.title,
    h1: [...document.querySelectorAll('h1')].map((heading) => heading.textContent.trim()),
    mains: document.querySelectorAll('main').length,
    shifts: window.shifts,
    unlabelled: [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
      .filter((field) => !field.labels?.length && !field.ariaLabel && !field.getAttribute('aria-labelledby'))
      .map((field) => field.outerHTML.slice(0, 200)),
    width: document.scrollingElement.scrollWidth,
    window: document.documentElement.clientWidth,
    wide: [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !element.closest('.scroll-x, pre, [class*=overflow]'))
      .slice(0, 5)
      .map((element) => `${element.localName}.${element.className} (right ${Math.round(element.getBoundingClientRect().right)})`),
    out: [...document.querySelectorAll('aside *, .panel *')]
      .filter((element) => {
        const [inner, outer] = [element, element.closest('aside, .panel')].map((of) => of.getBoundingClientRect());
        return outer.width && inner.width > 1 && inner.right > outer.right + 1 && !element.closest('.scroll-x, pre, perf-chart, [class*=overflow]') && !element.parentElement.closest('svg');
      })
      .slice(0, 3)
      .map((element) => element.outerHTML.slice(0, 120)),
    twice: [...document.querySelectorAll('[id]')].map(({ id }) => id).filter((id, at, all) => all.indexOf(id) !== at),
  }));

export const checkFrame = async (page) => {
  const { lang, title, h1, mains, shifts, unlabelled, width, window, wide, out, twice } = await facts(page);
  assert.equal(lang, 'en');
  assert.match(title, /\S.* · PerfAlly$/);
  assert.equal(h1.length, 1, `headings of the first level: ${JSON.stringify(h1)}`);
  assert.ok(h1[0], 'the heading is empty');
  assert.equal(mains, 1);
  assert.deepEqual(unlabelled, [], 'fields without a label');
  assert.deepEqual(out, [], 'parts that stand out of their box');
  assert.deepEqual(twice, [], 'ids that stand twice');
  assert.ok(width <= window, `the page is ${width} px wide in a window of ${window}: ${wide.join('; ')}`);
  const cls = shifts.reduce((sum, { value }) => sum + value, 0);
  assert.equal(cls, 0, `the page moved by ${cls}: ${JSON.stringify(shifts)}`);
};

/** The first press of Tab leads to a link that skips to the content. */
export const checkSkipLink = async (page) => {
  await page.keyboard.press('Tab');
  const target = await page.evaluate(() => {
    const link = document.activeElement;
    const seen = link?.getBoundingClientRect();
    return { href: link?.getAttribute?.('href'), there: Boolean(link?.hash && document.querySelector(link.hash)), seen: Boolean(seen && seen.width > 10 && seen.top >= 0) };
  });
  assert.deepEqual(target, { href: '#main', there: true, seen: true }, 'the skip link');
  await page.evaluate(() => document.activeElement.blur());
};

/** axe-core finds nothing serious or critical. */
export const checkAccessibility = async (page) => {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`).join(' | ')}`);
  });
  assert.deepEqual(found, [], 'axe-core');
};
