/** What owners change about a site: its addresses, its key, its page groups, its end. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account, signIn } from '../world/accounts.mjs';
import { report } from '../world/beacon.mjs';
import { person } from '../world/browser.mjs';
import { refusal } from '../world/forms.mjs';
import { shows, table } from '../world/overview.mjs';
import { admin } from '../world/process.mjs';
import { leave, measured, openShop } from '../world/shop.mjs';
import { steps } from '../world/steps.mjs';
import { until } from '../world/until.mjs';

const SHOP = 'https://shop.example';

/** A signed-in owner of one project. */
const owner = async (t, word, { name = 'Corner shop', origin = SHOP } = {}) => {
  const email = await account(word, 'agency');
  const { project_id: project, site_key: key } = await admin(['project', 'add', '--owner', email, '--name', name, '--origin', origin]);
  const someone = await person(t);
  await signIn(someone, email);
  const pages = { overview: `/projects/${project}`, install: `/projects/${project}/install`, settings: `/projects/${project}/settings` };
  return { ...someone, email, project, key, name, pages };
};

/** Asks for a new key, and how long the one before is good. */
const rotate = async (page, grace) => {
  await panel(page, 'Site key').getByRole('link', { name: 'Make a new key …' }).click();
  const question = page.getByRole('dialog');
  await question.getByRole('combobox').selectOption(grace);
  await question.getByRole('button', { name: 'Make a new key' }).click();
};

const panel = (page, title) => page.getByRole('region', { name: title, exact: true });

/** The collector's answer turns sooner or later; a change in the settings counts at once, on one server. */
const answers = (key, status, url = `${SHOP}/`) => until(`the collector to answer ${status}`, async () => (await report(key, url)) === status, 5_000);

test('a page of a foreign origin shows as a refusal by name, until its address is on the list', async (t) => {
  const step = steps(t);
  const ada = await owner(t, 'origins');
  const shop = await openShop(t);
  const visitor = await person(t);
  visitor.tolerates(/status of 403.*api\/beacon/);
  shop.pages.set('/', (tag) => `<!doctype html><html lang="en"><title>Shop</title>${tag}<h1>Shop</h1>`);
  const visit = async () => {
    await visitor.page.goto(`${shop.origin}/`);
    await measured(visitor.page);
    await leave(visitor.page, shop);
  };

  await step('the waiting screen names the origin by itself', async () => {
    await ada.go(ada.pages.install);
    shop.tag = await ada.page.getByRole('main').locator('code').filter({ hasText: '<script' }).first().innerText();
    await visit();
    await ada.page.getByText(shop.origin).first().waitFor();
    await ada.page.getByRole('link', { name: 'Change the list of addresses' }).click();
    await ada.page.waitForURL('**/settings#origins');
  });

  await step('what is no address is refused at the field', async () => {
    const origins = panel(ada.page, 'Addresses of the site');
    await origins.getByRole('textbox').fill(`${SHOP}\nno address at all`);
    await origins.getByRole('button', { name: 'Save' }).click();
    await refusal(ada.page, 'One a line');
  });

  await step('once it is listed, its page views are taken', async () => {
    const origins = panel(ada.page, 'Addresses of the site');
    await origins.getByRole('textbox').fill(`${SHOP}\n${shop.origin}`);
    await origins.getByRole('button', { name: 'Save' }).click();
    await origins.getByText('Saved', { exact: true }).waitFor();
    await ada.go(ada.pages.install);
    await visit();
    await ada.page.getByText('It works: page views are arriving').waitFor();
    await ada.go(ada.pages.overview);
    await shows(ada.page, 1);
  });
});

test('a new key takes over, and the one before is good for its grace, or to the moment it is ended', async (t) => {
  const step = steps(t);
  const ada = await owner(t, 'keys');
  const keys = async () => (await panel(ada.page, 'Site key').locator('li code').allInnerTexts()).map((text) => text.trim());
  let newKey;

  await step('a rotation shows both keys, and both are taken', async () => {
    await ada.go(ada.pages.settings);
    assert.deepEqual(await keys(), [ada.key]);
    await rotate(ada.page, 'week');
    const both = await until('two keys', async () => ((await keys()).length === 2 ? keys() : null));
    assert.ok(both.includes(ada.key));
    [newKey] = both.filter((key) => key !== ada.key);
    await panel(ada.page, 'Site key').getByText(/^Valid until/).waitFor();
    await answers(newKey, 202);
    await answers(ada.key, 202);
  });

  await step('the tag carries the new one', async () => {
    await ada.go(ada.pages.install);
    assert.match(await ada.page.getByRole('main').locator('code').filter({ hasText: '<script' }).first().innerText(), new RegExp(newKey));
  });

  await step('ending the old one stops it, and only it', async () => {
    await ada.go(ada.pages.settings);
    await panel(ada.page, 'Site key').getByRole('link', { name: /^End the key .* now$/ }).click();
    await ada.page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
    await until('one key', async () => (await keys()).length === 1);
    await answers(ada.key, 403);
    await answers(newKey, 202);
  });

  await step('a rotation without grace ends the present key at once', async () => {
    await rotate(ada.page, 'none');
    await until('another key', async () => !(await keys()).includes(newKey));
    await answers(newKey, 403);
    await answers((await keys())[0], 202);
  });
});

test('templates are tried on real paths before they count, and then regroup what was already there', async (t) => {
  const step = steps(t);
  const ada = await owner(t, 'templates');
  const articles = ['spring-sale', 'summer-hats', 'winter-boots'];
  for (const path of [...articles.map((name) => `/article/${name}`), '/about']) assert.equal(await report(ada.key, SHOP + path), 202);
  const groups = async (page) => Object.fromEntries((await table(page, /^Page groups/)).map(([group, count]) => [group, count]));

  await step('the preview says which paths would move', async () => {
    await ada.go(ada.pages.settings);
    const box = panel(ada.page, 'Page groups');
    await box.getByRole('textbox').fill('/article/*');
    await box.getByRole('button', { name: 'Preview on real paths' }).click();
    await box.getByText(/^3 of the 4/).waitFor();
    const rows = await table(ada.page, 'How real paths would be grouped');
    assert.deepEqual(rows.sort(), [['/about', '/about', '/about'], ...articles.map((name) => [`/article/${name}`, `/article/${name}`, '/article/*'])].sort());
  });

  await step('without JavaScript the preview is the same', async (t) => {
    const plain = await person(t, { javaScriptEnabled: false, storageState: await ada.context.storageState() });
    await plain.go(ada.pages.settings);
    const box = panel(plain.page, 'Page groups');
    await box.getByRole('textbox').fill('/article/*');
    await box.getByRole('button', { name: 'Preview on real paths' }).click();
    await plain.page.waitForURL('**templates=**');
    await box.getByText(/^3 of the 4/).waitFor();
    assert.equal(await box.getByRole('textbox').inputValue(), '/article/*');
  });

  await step('nothing is saved by looking', async (t) => {
    const other = await person(t, { storageState: await ada.context.storageState() });
    await other.go(ada.pages.overview);
    assert.deepEqual(await groups(other.page), { '/about': '1', '/article/spring-sale': '1', '/article/summer-hats': '1', '/article/winter-boots': '1' });
  });

  await step('saving regroups old page views and new ones', async () => {
    const box = panel(ada.page, 'Page groups');
    await box.getByRole('button', { name: 'Save' }).click();
    await box.getByText('Saved', { exact: true }).waitFor();
    await answers(ada.key, 202, `${SHOP}/article/autumn-scarves`);
    await ada.go(ada.pages.overview);
    await until('the groups', async () => JSON.stringify(await groups(ada.page)) === JSON.stringify({ '/article/*': '4', '/about': '1' }));
  });
});

test('a project gets another name, and goes when its name is typed', async (t) => {
  const step = steps(t);
  const ada = await owner(t, 'ending');
  await report(ada.key, `${SHOP}/`);

  await step('the new name shows in the rail at once', async () => {
    await ada.go(ada.pages.settings);
    await panel(ada.page, 'Name').getByRole('textbox').fill('Bigger shop');
    await panel(ada.page, 'Name').getByRole('button', { name: 'Rename' }).click();
    await panel(ada.page, 'Name').getByText('Renamed').waitFor();
    await ada.page.getByRole('complementary').locator('summary').getByText('Bigger shop').waitFor();
  });

  await step('another name deletes nothing', async () => {
    await ada.go(ada.pages.settings);
    await ada.page.getByRole('link', { name: /Delete the project/ }).click();
    const dialog = ada.page.getByRole('dialog');
    await dialog.getByRole('heading', { name: 'Delete Bigger shop?' }).waitFor();
    await dialog.getByRole('textbox').fill('Corner shop');
    await dialog.getByRole('button', { name: 'Delete it for good' }).click();
    await refusal(ada.page, 'Name of the project', dialog);
    await answers(ada.key, 202);
  });

  await step('its own name ends it: the key at once, the pages too', async () => {
    const dialog = ada.page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('Bigger shop');
    await dialog.getByRole('button', { name: 'Delete it for good' }).click();
    await ada.page.waitForURL((url) => url.pathname === '/projects');
    await ada.page.getByRole('status').getByText('Bigger shop is deleted.').waitFor();
    await answers(ada.key, 403);
    await until('the name to be gone', async () => !(await ada.words()).includes('Bigger shop'));
    ada.expects(/status of 404/);
    assert.equal((await ada.page.goto(ada.pages.overview)).status(), 404);
  });
});

test('a project is made and deleted without JavaScript too', async (t) => {
  const email = await account('plain-project');
  const ada = await person(t, { javaScriptEnabled: false });
  await signIn(ada, email);
  await ada.go('/projects/new');
  await ada.fill({ Name: 'Plain shop', 'Address of the site': 'no address at all' });
  await ada.page.getByRole('main').getByRole('button').click();
  await refusal(ada.page, 'Address of the site');
  assert.equal(await ada.page.getByLabel('Name', { exact: true }).inputValue(), 'Plain shop');
  await ada.fill({ 'Address of the site': SHOP });
  await ada.page.getByRole('main').getByRole('button').click();
  await ada.page.waitForURL('**/install');
  const key = /pa_\w{20}/.exec(await ada.words())[0];
  await answers(key, 202);
  await ada.go('/projects/new');
  await ada.fill({ Name: 'One too many', 'Address of the site': SHOP });
  await ada.page.getByRole('main').getByRole('button').click();
  await ada.page.getByRole('alert').getByText(/plan/i).waitFor();
  await ada.go('/projects');
  await ada.page.getByRole('main').getByRole('link', { name: /Plain shop/ }).click();
  await ada.page.getByRole('link', { name: 'Settings' }).locator('visible=true').first().click();
  await ada.page.getByRole('link', { name: /Delete the project/ }).click();
  await ada.page.getByRole('dialog').getByRole('textbox').fill('Plain shop');
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Delete it for good' }).click();
  await ada.page.waitForURL((url) => url.pathname === '/projects');
  await ada.page.getByRole('status').getByText('Plain shop is deleted.').waitFor();
  assert.doesNotMatch(await ada.page.getByRole('main').innerText(), /Plain shop/);
  await ada.page.reload();
  assert.doesNotMatch(await ada.words(), /Plain shop/, 'it is said once');
});

test('what is not theirs, strangers do not find', async (t) => {
  const ada = await owner(t, 'private');
  const stranger = await person(t);
  await signIn(stranger, await account('stranger'));
  for (const path of Object.values(ada.pages)) {
    stranger.expects(/status of 404/);
    assert.equal((await stranger.page.goto(path)).status(), 404, path);
    assert.doesNotMatch(await stranger.words(), /Corner shop/);
  }
});
