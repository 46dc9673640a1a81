/** Getting in and out, with and without JavaScript. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account, letter, letters, newEmail, PASSWORD, signIn } from '../world/accounts.mjs';
import { person, PHONE } from '../world/browser.mjs';
import { refusal } from '../world/forms.mjs';
import { steps } from '../world/steps.mjs';
import { until } from '../world/until.mjs';

const PLAIN = { javaScriptEnabled: false };
const NEW_PASSWORD = 'copper weather above the harbour';

const isSignedOut = async (someone) => {
  await someone.page.goto('/projects');
  await someone.page.waitForURL('**/sign-in**');
};

const signInByForm = async (someone, email, password) => {
  await someone.go('/sign-in');
  await someone.fill({ 'E-mail address': email, Password: password });
  await someone.page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
};

test('an account is made, left, found again and mended without JavaScript', async (t) => {
  const step = steps(t);
  const ada = await person(t, PLAIN);
  const email = newEmail('plain');

  await step('signing up sends a mail, whose link needs one press more', async () => {
    await ada.go('/sign-up');
    await ada.fill({ 'Your name': 'Ada Plain', 'E-mail address': email, Password: PASSWORD });
    await ada.page.getByRole('main').getByRole('button', { name: 'Sign up' }).click();
    await ada.page.getByText('Check your mail').waitFor();
    const { link } = await letter(email, 'Confirm your address');
    await ada.go(link);
    await isSignedOut(ada);
    await ada.go(link);
    await ada.page.getByRole('button', { name: 'Confirm this address' }).click();
    await ada.page.waitForURL('**/projects**');
    await ada.page.getByRole('status').getByText('Your address is confirmed.').waitFor();
    await ada.page.getByRole('heading', { level: 1 }).waitFor();
  });

  await step('a link works once', async () => {
    const { link } = await letter(email, 'Confirm your address');
    await ada.go(link);
    await ada.page.getByText('This link is too old').waitFor();
  });

  await step('signing out ends the session', async () => {
    const before = await ada.context.cookies();
    await ada.go('/projects');
    await ada.page.getByRole('button', { name: 'Sign out' }).locator('visible=true').click();
    await ada.page.waitForURL((url) => url.pathname === '/');
    await ada.page.getByRole('status').getByText('You are signed out.').waitFor();
    await isSignedOut(ada);
    // Nor does the cookie of before open anything.
    await ada.context.addCookies(before);
    await isSignedOut(ada);
  });

  await step('a wrong password and an unknown address are refused in the same words, at the field, with what was typed kept', async () => {
    await ada.context.clearCookies();
    await signInByForm(ada, email, 'not the password at all');
    const wrong = await refusal(ada.page, 'Password');
    assert.equal(await ada.page.getByLabel('E-mail address').inputValue(), email);
    assert.equal(await ada.page.getByLabel('Password', { exact: true }).inputValue(), '');
    await signInByForm(ada, newEmail('nobody'), 'not the password at all');
    assert.equal(await refusal(ada.page, 'Password'), wrong);
    await ada.page.getByRole('link', { name: /forgot/i }).waitFor();
  });

  await step('signing in leads to the page that was asked for', async () => {
    await ada.page.goto('/settings/profile');
    await ada.page.waitForURL('**/sign-in?next=**');
    await ada.fill({ 'E-mail address': email, Password: PASSWORD });
    await ada.page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
    await ada.page.waitForURL('**/settings/profile');
  });

  await step('a forgotten password is chosen anew, and every browser is signed out', async (t) => {
    const elsewhere = await person(t, PLAIN);
    await elsewhere.go('/forgot-password');
    await elsewhere.fill({ 'E-mail address': email });
    await elsewhere.page.getByRole('main').getByRole('button').click();
    await elsewhere.page.getByText('Check your mail').waitFor();
    const { link } = await letter(email, 'Choose a new password');
    await elsewhere.go(link);
    await elsewhere.fill({ 'New password': 'short' });
    await elsewhere.page.getByRole('button', { name: 'Save and sign in' }).click();
    assert.match(await refusal(elsewhere.page, 'New password'), /8/);
    await elsewhere.fill({ 'New password': NEW_PASSWORD });
    await elsewhere.page.getByRole('button', { name: 'Save and sign in' }).click();
    await elsewhere.page.waitForURL('**/projects**');
    await isSignedOut(ada);
    await signInByForm(ada, email, PASSWORD);
    await refusal(ada.page, 'Password');
    await signInByForm(ada, email, NEW_PASSWORD);
    await ada.page.waitForURL('**/projects**');
  });

  await step('asking for an address without an account says the same and sends nothing', async (t) => {
    const stranger = await person(t, PLAIN);
    const nobody = newEmail('nobody');
    await stranger.go('/forgot-password');
    await stranger.fill({ 'E-mail address': nobody });
    await stranger.page.getByRole('main').getByRole('button').click();
    await stranger.page.getByText('Check your mail').waitFor();
    assert.deepEqual(await letters(nobody), []);
  });
});

test('signing up with an address that has an account looks the same, and its owner is told', async (t) => {
  const email = await account('twice');
  const stranger = await person(t);
  await stranger.go('/sign-up');
  await stranger.fill({ 'Your name': 'Somebody', 'E-mail address': email, Password: PASSWORD });
  await stranger.page.getByRole('button', { name: 'Sign up' }).click();
  await stranger.page.getByText('Check your mail').waitFor();
  await letter(email, 'You have a PerfAlly account already');
});

test('a refused form keeps what was typed, and leads the keyboard to what must be mended', async (t) => {
  const someone = await person(t);
  await someone.go('/sign-up');
  await someone.fill({ 'Your name': 'Ada', 'E-mail address': 'ada@people.example', Password: 'password' });
  await someone.page.getByRole('button', { name: 'Sign up' }).click();
  await refusal(someone.page, 'Password');
  assert.equal(await someone.page.getByLabel('E-mail address').inputValue(), 'ada@people.example');
  await until('the keyboard at the field', () =>
    someone.page.getByLabel('Password', { exact: true }).evaluate((field) => field === document.activeElement),
  );
});

test('a person sees where they are signed in, and ends what they do not want', async (t) => {
  const step = steps(t);
  const email = await account('sessions');
  const [desk, phone, other] = [await person(t), await person(t, PHONE), await person(t)];
  for (const someone of [desk, phone, other]) await signIn(someone, email);
  const rows = () => desk.page.getByRole('table', { name: /signed in/i }).locator('tbody tr');

  await step('the list names every browser, and which is this one', async () => {
    await desk.go('/settings/security');
    assert.equal(await rows().count(), 3);
    const texts = await rows().allInnerTexts();
    assert.equal(texts.filter((text) => text.includes('This browser')).length, 1);
    assert.equal(texts.filter((text) => /Android/.test(text)).length, 1, texts.join('\n'));
  });

  await step('revoking one signs that browser out, and only that', async () => {
    await desk.page.getByRole('link', { name: /^Sign out .*Android/ }).click();
    await desk.page.getByRole('dialog').getByRole('button', { name: 'Sign it out' }).click();
    await until('one line fewer', async () => (await rows().count()) === 2);
    await isSignedOut(phone);
    await other.go('/projects');
    assert.equal(new URL(other.page.url()).pathname, '/projects');
  });

  await step('signing out everywhere else leaves this browser', async () => {
    await desk.page.getByRole('link', { name: 'Sign out everywhere else' }).click();
    await desk.page.getByRole('dialog').getByRole('button', { name: 'Sign them out' }).click();
    await until('one line', async () => (await rows().count()) === 1);
    await isSignedOut(other);
    await desk.go('/projects');
    assert.equal(new URL(desk.page.url()).pathname, '/projects');
  });

  await step('the password is changed by who knows the present one, and other browsers are signed out', async () => {
    await signIn(other, email);
    await desk.go('/settings/security');
    await desk.fill({ 'Current password': 'not the password at all', 'New password': NEW_PASSWORD });
    await desk.page.getByRole('button', { name: 'Change the password' }).click();
    await refusal(desk.page, 'Current password');
    await desk.fill({ 'Current password': PASSWORD, 'New password': NEW_PASSWORD });
    await desk.page.getByRole('button', { name: 'Change the password' }).click();
    await desk.page.getByText('Changed', { exact: true }).waitFor();
    await isSignedOut(other);
    await desk.page.reload();
    assert.equal(new URL(desk.page.url()).pathname, '/settings/security');
    await signIn(other, email, NEW_PASSWORD);
    await letter(email, 'Your PerfAlly password was changed');
  });
});

test('name and address of an account are changed, the address once its new mail is opened', async (t) => {
  const step = steps(t);
  const email = await account('moving');
  const mover = await person(t);
  await signIn(mover, email);

  await step('the new name shows at once', async () => {
    await mover.go('/settings/profile');
    await mover.fill({ 'Your name': 'Grace Moving' });
    await mover.page.getByRole('button', { name: 'Save', exact: true }).click();
    await mover.page.getByText('Saved', { exact: true }).waitFor();
    await mover.page.getByRole('complementary').getByText('Grace Moving').waitFor();
  });

  await step('the new address is the one to sign in with', async () => {
    const moved = newEmail('moved');
    await mover.fill({ 'New address': moved, 'Your password': 'not the password at all' });
    await mover.page.getByRole('button', { name: 'Change the address' }).click();
    await refusal(mover.page, 'Your password');
    await mover.fill({ 'New address': moved, 'Your password': PASSWORD });
    await mover.page.getByRole('button', { name: 'Change the address' }).click();
    const { link } = await letter(moved, 'Confirm your new address');
    await mover.go(link);
    await mover.press('Confirm this address');
    await mover.page.waitForURL('**/projects**');
    await letter(email, 'Your PerfAlly address was changed');
    await mover.context.clearCookies();
    await signIn(mover, moved);
  });
});
