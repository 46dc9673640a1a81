/** What surrounds every page: the palette, keys, the bars of phones, what is taken along, paper. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account, signIn } from '../world/accounts.mjs';
import { reportMany } from '../world/beacon.mjs';
import { person, PHONE } from '../world/browser.mjs';
import { checkAccessibility } from '../world/page_checks.mjs';
import { admin } from '../world/process.mjs';
import { until } from '../world/until.mjs';

const owner = async (t, word, settings) => {
  const email = await account(word, 'agency');
  const add = (name) => admin(['project', 'add', '--owner', email, '--name', name, '--origin', 'https://shop.example']);
  const { project_id: project, site_key: key } = await add('Corner shop');
  const { project_id: other } = await add('Second shop');
  await reportMany(key, 'https://shop.example');
  const someone = await person(t, settings);
  await signIn(someone, email);
  return { ...someone, project, other };
};

const at = (page, path) => page.waitForURL((url) => url.pathname === path);

test('the palette finds projects, pages and settings by keys alone', async (t) => {
  const ada = await owner(t, 'palette');
  const { page } = ada;
  await ada.go(`/projects/${ada.project}/fix`);
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Go to' });
  await palette.waitFor();
  await checkAccessibility(page);
  await page.keyboard.type('data hea');
  await until('one place', async () => (await palette.getByRole('link').count()) === 1);
  await page.keyboard.press('Enter');
  await at(page, `/projects/${ada.project}/health`);

  await page.keyboard.press('Control+k');
  await palette.waitFor();
  await page.keyboard.type('second');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await at(page, `/projects/${ada.other}`);

  await page.keyboard.press('Control+k');
  await page.keyboard.type('nothing of that name');
  await palette.getByText('Nothing is called so.').waitFor();
  await page.keyboard.press('Escape');
  await palette.waitFor({ state: 'hidden' });
});

test('what is typed while the palette is on its way stands in its field', async (t) => {
  const ada = await owner(t, 'early-palette');
  const { page } = ada;
  let arrive;
  await page.route('**/go*', async (route) => {
    await new Promise((resolve) => (arrive = resolve));
    await route.continue();
  });
  // "Go" and the key of a room are among these letters: they must not lead there.
  await ada.go(`/projects/${ada.project}/fix`);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('go pagess');
  await page.keyboard.press('Backspace');
  const palette = page.getByRole('dialog', { name: 'Go to' });
  await (await until('the palette to be asked for', () => arrive))();
  await palette.waitFor();
  assert.equal(await palette.getByRole('searchbox').inputValue(), 'go pages');
  assert.equal(await palette.isVisible(), true);
  await page.keyboard.press('Escape');
  assert.equal(new URL(page.url()).pathname, `/projects/${ada.project}/fix`);

  arrive = undefined;
  await page.keyboard.press('Control+k');
  await page.keyboard.type('data hea');
  await page.keyboard.press('Enter');
  await (await until('the palette to be asked for again', () => arrive))();
  await at(page, `/projects/${ada.project}/health`);
});

test('without JavaScript the palette is a page', async (t) => {
  const ada = await owner(t, 'plain-palette', { javaScriptEnabled: false });
  await ada.go(`/projects/${ada.project}/fix`);
  await ada.page.getByRole('link', { name: 'Go to …' }).locator('visible=true').click();
  await ada.page.getByRole('searchbox').fill('api');
  await ada.page.keyboard.press('Enter');
  await ada.page.getByRole('main').getByRole('link', { name: 'API keys' }).click();
  await at(ada.page, '/settings/api-keys');
});

test('keys lead through the rooms, never while one types, and can be switched off', async (t) => {
  const ada = await owner(t, 'keys-of-rooms');
  const { page } = ada;
  await ada.go(`/projects/${ada.project}`);
  for (const [key, path] of [['p', '/pages'], ['f', '/fix'], ['c', '/changes'], ['l', '/live'], ['h', '/health'], ['s', '/settings'], ['o', '']]) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await at(page, `/projects/${ada.project}${path}`);
    await ada.awake();
  }
  await page.keyboard.press('[');
  await page.waitForURL(/period=7d/);
  await page.getByRole('navigation', { name: 'Period' }).locator('[aria-current]', { hasText: '7d' }).waitFor();
  await page.keyboard.press(']');
  await page.waitForURL((url) => !url.search.includes('period'));

  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await at(page, `/projects/${ada.project}/pages`);
  await page.keyboard.press('/');
  await until('the search to have the focus', () => page.evaluate(() => document.activeElement.type === 'search'));
  await page.keyboard.type('gf[?');
  assert.equal(await page.getByRole('main').getByRole('searchbox').inputValue(), 'gf[?');
  assert.equal(new URL(page.url()).pathname, `/projects/${ada.project}/pages`);
  await page.evaluate(() => document.activeElement.blur());

  await page.keyboard.press('?');
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await sheet.getByText('Fix list').waitFor();
  await checkAccessibility(page);
  await sheet.getByLabel('Single keys work in this browser').uncheck();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog', { name: 'Go to' }).waitFor();
  assert.equal(await sheet.count(), 0);
});

test('keys pressed while their script is on its way are heard in their order', async (t) => {
  const ada = await owner(t, 'early-keys');
  const { page } = ada;
  await page.route('**/keys.js', async (route) => {
    const response = await route.fetch();
    // The second key as the script arrives: that is when two imports of it can end in either order.
    await Promise.all([route.fulfill({ response }), page.keyboard.press('p')]);
  });
  for (let turn = 0; turn < 10; turn++) {
    await ada.go(`/projects/${ada.project}/fix`);
    await page.keyboard.press('g');
    await at(page, `/projects/${ada.project}/pages`);
  }
});

test('period and filters come along from room to room, and back and forward restore them', async (t) => {
  const ada = await owner(t, 'along');
  const { page } = ada;
  await ada.go(`/projects/${ada.project}?period=7d&device=mobile`);
  const rooms = page.getByRole('navigation', { name: 'Rooms' }).locator('visible=true');
  await rooms.getByRole('link', { name: 'Fix list' }).click();
  await at(page, `/projects/${ada.project}/fix`);
  assert.equal(new URL(page.url()).search, '?period=7d&device=mobile');
  await rooms.getByRole('link', { name: 'Overview' }).click();
  await at(page, `/projects/${ada.project}`);
  await ada.awake();
  const period = () => page.getByRole('navigation', { name: 'Period' }).locator('[aria-current]').innerText();
  await page.getByRole('navigation', { name: 'Period' }).getByRole('link', { name: '28d' }).click();
  await until('28 days', async () => (await period()) === '28d');
  await page.goBack();
  await until('7 days again', async () => (await period()) === '7d');
  await page.goForward();
  await until('28 days again', async () => (await period()) === '28d');

  await page.evaluate(() => scrollTo(0, 600));
  const left = await until('to be scrolled', () => page.evaluate(() => scrollY > 0 && scrollY));
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Changes' }).evaluate((link) => link.click());
  await at(page, `/projects/${ada.project}/changes`);
  await page.goBack();
  await until('to be where one was', async () => Math.abs((await page.evaluate(() => scrollY)) - left) < 40);
});

test('on a phone four rooms are in reach, and all else one tap further', async (t) => {
  const ada = await owner(t, 'bar', PHONE);
  const { page } = ada;
  await ada.go(`/projects/${ada.project}/settings`);
  const bar = page.getByRole('navigation', { name: 'Rooms' }).locator('visible=true');
  assert.deepEqual((await bar.getByRole('link').allInnerTexts()).map((words) => words.trim()), ['Overview', 'Pages', 'Fix list', 'Changes']);
  for (const link of await bar.getByRole('link').all()) assert.ok((await link.boundingBox()).height >= 44);
  await bar.getByText('More').click();
  assert.equal(await bar.locator('a[aria-current=page]').innerText(), 'Settings');
  await bar.getByRole('link', { name: 'Data health' }).click();
  await at(page, `/projects/${ada.project}/health`);
});

test('a page group knows the way back, and times tell exactly where one looks closer', async (t) => {
  const ada = await owner(t, 'crumbs');
  const { page } = ada;
  await ada.go(`/projects/${ada.project}/pages/view?page_group=/&period=7d`);
  const way = page.getByRole('navigation', { name: 'Breadcrumb' });
  assert.deepEqual((await way.getByRole('listitem').allInnerTexts()).map((words) => words.trim()), ['Corner shop', 'Pages', '/']);
  await way.getByRole('link', { name: 'Pages' }).click();
  await at(page, `/projects/${ada.project}/pages`);
  assert.equal(new URL(page.url()).search, '?period=7d');
  await ada.go('/settings/security');
  const time = page.getByRole('table', { name: /signed in/i }).locator('time').first();
  assert.match(await time.getAttribute('title'), /^\d+ \w{3} \d{4}, \d\d:\d\d \S+$/);
  assert.ok(Math.abs(Date.parse(await time.getAttribute('datetime')) - Date.now()) < 600_000);
});

test('on paper there is what was measured, and nothing to press', async (t) => {
  const ada = await owner(t, 'paper');
  const { page } = ada;
  for (const path of ['', '/changes']) {
    await page.emulateMedia({ media: 'screen', colorScheme: 'dark' });
    await ada.go(`/projects/${ada.project}${path}`);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    // What A4 has between its margins.
    await page.setViewportSize({ width: 688, height: 972 });
    const seen = await page.evaluate(() => {
      const shown = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 0;
      return {
        ground: getComputedStyle(document.body).backgroundColor,
        text: getComputedStyle(document.body).color,
        pressed: [...document.querySelectorAll('aside, button, form, summary, #toasts')].filter(shown).map((element) => element.outerHTML.slice(0, 80)),
        navs: [...document.querySelectorAll('nav')].filter(shown).map((nav) => nav.ariaLabel),
        tables: [...document.querySelectorAll('table')].filter(shown).length,
        out: [...document.querySelectorAll('.panel svg, .panel p, .panel table')]
          .filter(shown)
          .filter((element) => element.getBoundingClientRect().right > element.closest('.panel').getBoundingClientRect().right)
          .map((element) => element.outerHTML.slice(0, 80)),
      };
    });
    assert.deepEqual([seen.ground, seen.text], ['rgb(255, 255, 255)', 'rgb(23, 27, 34)']);
    assert.deepEqual(seen.pressed, []);
    assert.deepEqual(seen.out, [], 'parts that stand out of their card');
    assert.ok(!seen.navs.includes('Rooms') && !seen.navs.includes('Account'), seen.navs.join(', '));
    assert.ok(seen.tables > 0);
  }
});

test('the footer of public pages tells how fast they are, and how sure that is', async (t) => {
  const visitor = await person(t);
  await visitor.go('/');
  const own = visitor.page.getByRole('contentinfo').getByRole('region', { name: 'These pages, for their own visitors' });
  await until('our own vitals', async () => {
    await visitor.page.reload();
    return own.count();
  });
  const words = (await own.innerText()).replace(/\u00a0/g, ' ');
  for (const vital of ['LCP', 'INP', 'CLS']) assert.match(words, new RegExp(`${vital}\\s+(–|[\\d.]+ ?(s|ms)?)[^]*?n = [\\d,]+`), words);
  assert.match(words, /p75 of the last 28 days/);
  assert.equal(await visitor.page.locator('script[data-wakes]').count(), 0, 'the landing page is at rest');
});
