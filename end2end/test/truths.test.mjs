/** What was planted in the demo (`engine/src/rum/demo`), found within two presses from the overview. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signIn } from '../world/accounts.mjs';
import { person } from '../world/browser.mjs';
import { DEMO } from '../world/demo.mjs';
import { table } from '../world/overview.mjs';

/** A member of the demo's team at its overview; `press` counts. */
const looker = async (t) => {
  const someone = await person(t);
  await signIn(someone, DEMO.email, DEMO.password);
  await someone.go('/projects');
  await someone.page.getByRole('main').getByRole('link', { name: /Demo shop/ }).click();
  await someone.page.waitForURL(/\/projects\/[\w-]{36}$/);
  await someone.awake();
  let presses = 0;
  const press = async (link) => {
    presses += 1;
    assert.ok(presses <= 2, 'it takes more than two presses');
    await link.locator('visible=true').first().click();
    await someone.page.waitForLoadState();
  };
  const { page } = someone;
  const room = (name) => page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name, exact: true });
  return { page, press, room, main: page.getByRole('main') };
};

test('the release that made products slower to paint on phones, and what of it', async (t) => {
  const { page, press, room, main } = await looker(t);
  await press(room('Changes'));
  await main.getByText(/LCP|Largest Contentful Paint/).first().waitFor();
  const rows = await table(page, 'Segments by what they add to the difference');
  assert.match(rows[0][0], /\/product\/\*/);
  assert.match(rows[0].join(' '), /worse/);
  // And the press after that tells which part: it begins to load late.
  await press(main.getByRole('table', { name: 'Segments by what they add to the difference' }).getByRole('link').first());
  await main.getByText(/Load delay is \d+/i).first().waitFor();
});

test('two releases beside each other', async (t) => {
  const { page, press, room } = await looker(t);
  await press(room('Changes'));
  await press(page.getByRole('navigation', { name: 'What is compared' }).getByRole('link', { name: 'Releases' }));
  const rows = await table(page, 'Segments by what they add to the difference');
  assert.match(rows[0].join(' '), /^Phones.*worse/);
});

test('the week of the campaign: the mix moved, no page got slower', async (t) => {
  const { page, press, room, main } = await looker(t);
  await press(room('Changes'));
  // The week of whole days that ended four weeks ago.
  const weeks = page.getByRole('navigation', { name: 'A week and the one before' }).getByRole('link');
  await press(weeks.nth(4));
  const [good] = await table(page, 'The difference and its parts');
  const points = (cell) => Number(/[+−-]?[\d.]+/.exec(cell)[0].replace('−', '-'));
  const [all, within, mix] = good.slice(1).map(points);
  assert.ok(mix < 0 && Math.abs(mix) > 3 * Math.abs(within), `in all ${all}, within ${within}, mix ${mix}`);
  await main.getByText(/mix|who came/i).first().waitFor();
});

test('the button of the checkout that reacts late, and the function that keeps it', async (t) => {
  const { press, room, main } = await looker(t);
  await press(room('Fix list'));
  const inp = main.getByRole('region', { name: /Interaction to Next Paint/ });
  await inp.getByText('form#checkout>button#pay').waitFor();
  await inp.getByText('validateCard').waitFor();
  await main.getByRole('region', { name: /Cumulative Layout Shift/ }).getByText('article>figure.lazy').first().waitFor();
});

test('the country that waits long for the first byte', async (t) => {
  const { page, press, main } = await looker(t);
  await press(main.getByRole('link', { name: /^TTFB/ }));
  await page.getByRole('heading', { name: 'Time to First Byte over time' }).waitFor();
  await press(main.getByRole('link', { name: 'Countries' }));
  const rows = await table(page, /by Time to First Byte/);
  assert.match(rows[0][0], /Brazil/);
});

test('the night of the programs', async (t) => {
  const { press, room, main } = await looker(t);
  await press(room('Data health'));
  await main.getByText(/user agent of a known bot/i).first().waitFor();
});

test('page views by a tag', async (t) => {
  const { page, press, room } = await looker(t);
  await press(room('Pages'));
  await press(page.getByRole('navigation', { name: 'Split by' }).getByRole('link', { name: 'Tag variant' }));
  const rows = await table(page, /^Tag variant/);
  assert.deepEqual(rows.map(([name]) => name).sort(), ['a', 'b']);
});

test('what the shop measures itself, and that its cart is ready later on phones', async (t) => {
  const { page, press, room } = await looker(t);
  await press(room('Custom metrics'));
  const cart = async () => {
    const rows = await table(page, /^Custom metrics/);
    assert.deepEqual(rows.map(([name]) => name).sort(), ['cart_ready', 'reviews_shown']);
    const [, pageViews, , p75] = rows.find(([name]) => name === 'cart_ready').map((cell) => Number(cell.replaceAll(',', '')));
    return { pageViews, p75 };
  };
  const all = await cart();
  await press(page.getByRole('navigation', { name: 'Device' }).getByRole('link', { name: 'Mobile' }));
  await page.waitForURL('**device=mobile**');
  const phones = await cart();
  assert.ok(phones.pageViews < all.pageViews && phones.p75 > all.p75, JSON.stringify({ all, phones }));
});
