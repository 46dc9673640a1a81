/** A view that is shown to somebody without an account, and taken back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account, signIn } from '../world/accounts.mjs';
import { reportMany } from '../world/beacon.mjs';
import { person, PHONE } from '../world/browser.mjs';
import { admin, site } from '../world/process.mjs';
import { steps } from '../world/steps.mjs';

test('a link is made on a view, opened by somebody else, and revoked', async (t) => {
  const step = steps(t);
  const email = await account('sharing', 'agency');
  const { project_id: project, site_key: key } = await admin(['project', 'add', '--owner', email, '--name', 'Corner shop', '--origin', 'https://shop.example']);
  await reportMany(key, 'https://shop.example');
  const ada = await person(t);
  await signIn(ada, email);
  const guest = await person(t, PHONE);
  let link;

  await step('the link is made in front of the view, and shown once', async () => {
    await ada.go(`/projects/${project}?period=7d`);
    await ada.page.getByRole('link', { name: 'Share' }).click();
    const dialog = ada.page.getByRole('dialog', { name: 'Share: Overview' });
    await dialog.getByLabel('Who it is for').fill('The people at Acme');
    await dialog.getByRole('button', { name: 'Make the link' }).click();
    await dialog.getByText('The link is made').waitFor();
    link = (await dialog.locator('code').innerText()).trim();
    assert.match(link, new RegExp(`^${site}/share/[\\w-]{43}$`));
    await ada.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    assert.equal(new URL(ada.page.url()).pathname, `/projects/${project}`, 'the view is still there');
    await ada.page.reload();
    assert.doesNotMatch(await ada.page.content(), new RegExp(link.split('/').pop()));
  });

  await step('whoever has it sees that view, without an account and without the rail', async () => {
    assert.equal((await guest.go(link)).status(), 200);
    await guest.page.getByRole('heading', { level: 1, name: 'Corner shop' }).waitFor();
    assert.equal(await guest.page.getByRole('navigation', { name: 'Period' }).locator('[aria-current]').innerText(), '7d');
    assert.equal(await guest.page.getByRole('navigation', { name: 'Rooms' }).count(), 0);
    assert.equal(await guest.page.getByRole('link', { name: 'Share' }).count(), 0);
  });

  await step('they choose another period, and stay behind the link', async () => {
    await guest.page.getByRole('navigation', { name: 'Period' }).getByRole('link', { name: '28d' }).click();
    await guest.page.waitForURL(`${link}/view*`);
    assert.equal(await guest.page.getByRole('navigation', { name: 'Period' }).locator('[aria-current]').innerText(), '28d');
    const hrefs = await guest.page.getByRole('main').locator('a[href]').evaluateAll((links) => links.map((link) => link.pathname));
    assert.deepEqual([...new Set(hrefs)], [`${new URL(link).pathname}/view`]);
  });

  await step('in the settings it is listed, and revoked after a question', async () => {
    await ada.go(`/projects/${project}/settings`);
    const row = ada.page.getByRole('table', { name: 'Shared links' }).getByRole('row', { name: /The people at Acme/ });
    await row.getByRole('link', { name: 'Revoke the link for The people at Acme' }).click();
    await ada.page.getByRole('dialog').getByRole('link', { name: 'Keep it' }).click();
    assert.equal((await guest.page.goto(link)).status(), 200, 'who keeps it has changed nothing');
    await row.getByRole('link', { name: 'Revoke the link for The people at Acme' }).click();
    await ada.page.getByRole('dialog').getByRole('button', { name: 'Revoke it' }).click();
    await ada.page.getByText('Revoked: the link opens nothing any more').waitFor();
  });

  await step('from then on it is an address that never was', async () => {
    guest.expects(/status of 404/);
    for (const path of [link, `${link}/view`, `${site}/share/${'A'.repeat(43)}`]) assert.equal((await guest.page.goto(path)).status(), 404, path);
  });
});
