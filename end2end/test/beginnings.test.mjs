/** What a site shows from its first page view on, and what is said while none comes. */

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { account, signIn } from '../world/accounts.mjs';
import { report } from '../world/beacon.mjs';
import { DESKTOP, person, PHONE } from '../world/browser.mjs';
import { overview, shows, table } from '../world/overview.mjs';
import { admin } from '../world/process.mjs';
import { openShop } from '../world/shop.mjs';
import { steps } from '../world/steps.mjs';
import { until } from '../world/until.mjs';

const SHOP = 'https://shop.example';
const pictures = new URL('../screenshots/', import.meta.url).pathname;
mkdirSync(pictures, { recursive: true });

/** A good page view with all that explains it: whatever their number, what can be rated is good. */
const view = (n) => ({
  dev: n % 3 ? 'mobile' : 'desktop',
  vitals: { lcp: 1_100 + (n % 50) * 20, inp: 60 + (n % 40) * 3, cls: (n % 8) / 100, fcp: 800 + (n % 30) * 12, ttfb: 150 + (n % 20) * 8 },
  attr: {
    lcp: { target: '#hero>img', url: `${SHOP}/hero.avif`, ttfb: 300, load_delay: 200 + (n % 50) * 6, load_time: 300 + (n % 50) * 7, render_delay: 300 + (n % 50) * 7 },
    inp: { target: 'button.buy', type: 'pointer', input_delay: 10, processing: 30 + (n % 40) * 2, presentation: 20 + (n % 40) },
  },
});

const reportViews = async (key, from, to) => {
  for (let at = from; at < to; at += 25) {
    const some = Array.from({ length: Math.min(25, to - at) }, (_, n) => report(key, `${SHOP}/product/${(at + n) % 7}`, view(at + n), `100.64.${Math.floor(at / 25) % 256}.${n}`));
    assert.deepEqual([...new Set(await Promise.all(some))], [202]);
  }
};

/** What one must see: of the cards, and beside them. */
const SIZES = [
  { n: 0, verdict: null, chip: null, waterfalls: 0, charts: false, fix: /No page views in this view/ },
  { n: 1, verdict: 'Too few page views yet to judge', chip: 'Too few yet', waterfalls: 1, charts: false, fix: /Too few page views yet/ },
  { n: 12, verdict: 'Too few page views yet to judge', chip: 'Provisional', waterfalls: 0, charts: true, fix: /Nothing to mend/ },
  { n: 60, verdict: 'More page views may still turn it', chip: 'Good', waterfalls: 0, charts: true, fix: /Nothing to mend/ },
  { n: 5_000, verdict: 'Passes Core Web Vitals on phones and desktops.', chip: 'Good', waterfalls: 0, charts: true, fix: /Nothing to mend/ },
];

test('a project says what it can at 0, 1, 12, 60 and 5,000 page views, and no more', async (t) => {
  const step = steps(t);
  const email = await account('beginnings', 'agency');
  const { project_id: project, site_key: key } = await admin(['project', 'add', '--owner', email, '--name', 'New shop', '--origin', SHOP]);
  const [ada, phone] = [await person(t), await person(t, PHONE)];
  for (const one of [ada, phone]) await signIn(one, email);
  const { page } = ada;
  let sent = 0;
  for (const { n, verdict, chip, waterfalls, charts, fix } of SIZES) {
    await step(`${n} page views`, async () => {
      await reportViews(key, sent, n);
      sent = n;
      await ada.go(`/projects/${project}`);
      const main = page.getByRole('main');
      if (n === 0) {
        await main.getByText('No page view has arrived yet').waitFor();
        await main.getByRole('link', { name: 'Install the tag' }).waitFor();
        assert.equal(await main.locator('a:has(h3)').count(), 0);
      } else {
        await shows(page, n);
        assert.ok((await main.innerText()).includes(verdict), verdict);
        const { lcp } = (await overview(page)).cards;
        assert.ok(lcp.all.includes(chip), lcp.all);
        // A figure from ten on, its colour only where it is stable; the median where it is not.
        assert.equal(lcp.figure !== null, n >= 10, lcp.all);
        const coloured = await main.locator('a:has(h3) .rating-chip').evaluateAll((chips) => chips.filter((chip) => !chip.matches('.rating-none')).length);
        assert.equal(coloured > 0, n >= 50);
        assert.equal(/Median [\d.,]+/.test(lcp.all), n === 12, lcp.all);
        const groups = await table(page, /^Page groups/);
        assert.equal(groups.reduce((sum, [, views]) => sum + Number(views.replace(/\D/g, '')), 0), n);
        assert.equal(groups.some(([, , figure]) => /\d/.test(figure)), n >= 10, JSON.stringify(groups));
      }
      const first = main.getByRole('region', { name: /^The first page view/ });
      assert.equal(await first.locator('li[data-view]').count(), waterfalls);
      if (waterfalls) assert.equal(await first.getByRole('img', { name: /^time to first byte/ }).count(), waterfalls);
      assert.equal((await main.getByRole('region', { name: /over time$/ }).count()) > 0, charts);
      for (const [one, width] of [[ada, 1440], [phone, 390]]) {
        if (one === phone) await phone.go(`/projects/${project}`);
        await one.page.screenshot({ path: `${pictures}beginnings-${n}-${width}.png`, fullPage: true, animations: 'disabled' });
      }
    });

    await step(`${n} page views: the pages about segments, causes and changes`, async () => {
      const words = async (path) => {
        const answer = await ada.go(`/projects/${project}/${path}`);
        assert.equal(answer.status(), 200, path);
        return page.getByRole('main').innerText();
      };
      assert.match(await words('fix'), fix);
      // Nobody came in the period before.
      assert.match(await words('changes'), /Too few page views on one side to compare/);
      const browsers = await words('pages?by=browser');
      assert.equal(/Chrome/.test(browsers), n > 0, browsers);
    });
  }

  await step('the first page view makes room for figures without a reload', async () => {
    const other = await admin(['project', 'add', '--owner', email, '--name', 'Newer shop', '--origin', SHOP]);
    await reportViews(other.site_key, 0, 1);
    await ada.go(`/projects/${other.project_id}`);
    await page.getByRole('region', { name: 'The first page view' }).waitFor();
    await reportViews(other.site_key, 1, 10);
    await shows(page, 10);
    await until('the waterfalls to go', async () => (await page.getByRole('region', { name: /^The first page view/ }).count()) === 0);
    await page.getByRole('region', { name: /over time$/ }).waitFor();
  });
});

test('while no page view comes, the install page looks at the site and names the cause', async (t) => {
  const step = steps(t);
  const shop = await openShop(t);
  const email = await account('causes', 'agency');
  const { project_id: project, site_key: key } = await admin(['project', 'add', '--owner', email, '--name', 'Silent shop', '--origin', shop.origin]);
  const ada = await person(t, DESKTOP);
  await signIn(ada, email);
  const main = ada.page.getByRole('main');
  const page = (html) => shop.pages.set('/', () => `<!doctype html><html lang="en"><title>Shop</title>${html}<h1>Shop</h1>`);

  await step('a press tells that there is no tag', async () => {
    page('');
    await ada.go(`/projects/${project}/install`);
    await ada.press('Check my site');
    await main.getByText('There is no tag in the page').waitFor();
    await ada.page.screenshot({ path: `${pictures}install-no-tag-1440.png`, fullPage: true });
  });

  await step('a look a moment later is put off with words', async () => {
    ada.tolerates(/status of 429/);
    await ada.press('Check my site');
    await main.getByText(/Wait \d+ seconds/).waitFor();
  });

  await step('by itself, the page looks again and names a tag that consent holds back', async () => {
    page(`<script type="text/plain" data-cookieconsent="statistics" src="${new URL(ada.page.url()).origin}/beacon.js" data-key="${key}"></script>`);
    await ada.go(`/projects/${project}/install`);
    await main.getByText('Browsers do not run the tag').waitFor({ timeout: 40_000 });
  });

  await step('the first page view ends it all', async () => {
    assert.equal(await report(key, `${shop.origin}/`), 202);
    await main.getByText('It works: page views are arriving').waitFor();
    assert.ok(await main.getByRole('button', { name: 'Check my site' }).isHidden());
  });
});
