/** Every page of the site, on a phone, in a narrow window and on a desk, light and dark. */

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { account, letter, newEmail, PASSWORD, signIn } from '../world/accounts.mjs';
import { reportMany } from '../world/beacon.mjs';
import { DESKTOP, NARROW, person, PHONE } from '../world/browser.mjs';
import { checkAccessibility, checkFrame, checkSkipLink, readThrough } from '../world/page_checks.mjs';
import { admin, site } from '../world/process.mjs';
import { routes } from '../world/routes.mjs';
import { shareLink } from '../world/share.mjs';
import { until } from '../world/until.mjs';

const pictures = fileURLToPath(new URL('../screenshots/', import.meta.url));
mkdirSync(pictures, { recursive: true });

/**
 * Each address of `app/src/routes.rs`: who looks at it, what fills its parameters, and how many charts it draws.
 * `more`: further states of the page that are worth a look.
 */
const PAGES = {
  '/': {},
  '/pricing': {},
  '/demo': { charts: 1, more: ['/demo?vital=cls&device=mobile&period=7d'] },
  '/developers': {},
  '/sign-up': {},
  '/sign-in': {},
  '/forgot-password': {},
  '/reset-password': { address: ({ reset }) => reset, more: ['/reset-password?token=old'] },
  '/confirm': { address: ({ confirm }) => confirm, more: ['/confirm?token=old'] },
  '/share/:token': { address: ({ shared }) => shared, charts: 1 },
  '/share/:token/view': { address: ({ shared }) => `${shared}/view?period=7d` },
  '/go': { signedIn: true, more: ['/go?q=settings'] },
  '/projects': { signedIn: true },
  '/projects/new': { signedIn: true },
  '/projects/:project': { signedIn: true, charts: 1, more: ['/projects/:empty'] },
  '/projects/:project/pages': { signedIn: true, more: ['/projects/:project/pages?by=country', '/projects/:empty/pages'] },
  '/projects/:project/health': { signedIn: true, charts: 1, more: ['/projects/:empty/health'] },
  '/projects/:project/pages/view': { signedIn: true, charts: 1, address: () => '/projects/:project/pages/view?page_group=/' },
  '/projects/:project/fix': { signedIn: true, more: ['/projects/:empty/fix'] },
  '/projects/:project/changes': { signedIn: true, more: ['/projects/:project/changes?by=device', '/projects/:empty/changes?by=release'] },
  '/projects/:project/metrics': { signedIn: true, charts: 1, more: ['/projects/:project/metrics?metric=cart_ready&percentile=p95', '/projects/:empty/metrics'] },
  '/projects/:project/live': { signedIn: true, more: ['/projects/:empty/live'] },
  '/projects/:project/install': { signedIn: true, more: ['/projects/:empty/install?with=next', '/projects/:empty/install?with=tag-manager&proxy=cloudflare'] },
  '/projects/:project/share': { signedIn: true, address: () => '/projects/:project/share?room=fix&view=period%3D7d' },
  '/projects/:project/settings': { signedIn: true, more: ['/projects/:project/settings?rotate=1'] },
  '/settings/profile': { signedIn: true },
  '/settings/security': { signedIn: true },
  '/settings/api-keys': { signedIn: true },
};

test('every address of the site has its entry here', async () => {
  assert.deepEqual(Object.keys(PAGES).sort(), (await routes()).sort());
});

/** An account with a site that has visitors and one that has none, and letters with links that work. */
const prepared = async () => {
  const email = await account('looker', 'agency');
  const project = await admin(['project', 'add', '--owner', email, '--name', 'Corner shop', '--origin', 'https://shop.example']);
  const empty = await admin(['project', 'add', '--owner', email, '--name', 'A new site', '--origin', 'https://new.example']);
  await reportMany(project.site_key, 'https://shop.example');
  const unconfirmed = newEmail('unconfirmed');
  const post = (path, fields) =>
    fetch(site + path, { method: 'POST', headers: { Origin: site, Accept: 'text/html' }, body: new URLSearchParams(fields), redirect: 'manual' });
  await post('/api/ui/accounts/forgot-password', { email });
  await post('/api/ui/accounts/sign-up', { name: 'Unconfirmed', email: unconfirmed, password: PASSWORD });
  const reset = (await letter(email, 'Choose a new password')).link;
  const confirm = (await letter(unconfirmed, 'Confirm your address')).link;
  await until('the demo', async () => (await (await fetch(`${site}/demo`)).text()).includes('perf-chart'), 180_000);
  const shared = await shareLink(email, project.project_id);
  return { email, project: project.project_id, empty: empty.project_id, reset, confirm, shared };
};

test('every page stands still, fits, is labelled and is silent, at each width and in both themes', async (t) => {
  const world = await prepared();
  for (const [device, settings] of [['390', PHONE], ['768', NARROW], ['1440', DESKTOP]]) {
    const visitor = await person(t, settings);
    const owner = await person(t, settings);
    await signIn(owner, world.email);
    for (const [route, { signedIn, charts = 0, address = () => route, more = [] }] of Object.entries(PAGES)) {
      for (const [at, template] of [address(world), ...more].entries()) {
        const path = template.replace(':project', world.project).replace(':empty', world.empty);
        await t.test(`${route}${at ? ` (${template})` : ''} at ${device} px`, async () => {
          const { page, go } = signedIn ? owner : visitor;
          await page.emulateMedia({ colorScheme: 'light' });
          const answer = await go(path);
          assert.equal(answer.status(), 200);
          assert.equal(new URL(page.url()).pathname, path.split('?')[0], 'led elsewhere');
          await readThrough(page, at ? 0 : charts);
          await checkFrame(page);
          for (const colorScheme of ['light', 'dark']) {
            await page.emulateMedia({ colorScheme });
            const name = `${route.replace(/^\/|:/g, '').replaceAll('/', '-') || 'landing'}${at ? `-${at + 1}` : ''}`;
            await page.screenshot({ path: `${pictures}${name}-${device}-${colorScheme}.png`, fullPage: true, animations: 'disabled' });
            await checkAccessibility(page);
          }
          await checkSkipLink(page);
        });
      }
    }
  }
});

test('an address that is none of ours answers 404, with ways on', async (t) => {
  const visitor = await person(t);
  visitor.expects(/status of 404/);
  assert.equal((await visitor.go('/no-such-page')).status(), 404);
  await checkFrame(visitor.page);
  await checkAccessibility(visitor.page);
  assert.ok(await visitor.page.getByRole('main').getByRole('link').count());
});

test('a chosen theme comes with the first byte, and stays', async (t) => {
  const visitor = await person(t);
  await visitor.go('/');
  const colour = () => visitor.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await colour();
  await visitor.page.getByRole('button', { name: 'Dark' }).locator('visible=true').click();
  await until('the dark page', async () => (await colour()) !== light);
  const dark = await colour();
  await until('the cookie', async () => (await visitor.context.cookies()).some(({ name, value }) => name === 'theme' && value === 'dark'));
  await visitor.go('/pricing');
  assert.equal(await colour(), dark);
  const plain = await person(t, { javaScriptEnabled: false, storageState: await visitor.context.storageState() });
  await plain.go('/pricing');
  assert.equal(await plain.page.evaluate(() => getComputedStyle(document.body).backgroundColor), dark);
});
