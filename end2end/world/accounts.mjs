/** People who have an account, and the mails they get. */

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { admin, dataFolder, site } from './process.mjs';
import { until } from './until.mjs';

export const PASSWORD = 'amber lantern over quiet water';

let people = 0;
/** An address that nobody had before, in any test of this run. */
export const newEmail = (word) => `${word}-${process.pid}-${(people += 1)}@people.example`;

/** Makes an account as an operator does; its address needs no mail. */
export const account = async (word, plan) => {
  const email = newEmail(word);
  await admin(['user', 'add', email, '--password-stdin'], PASSWORD);
  if (plan) await admin(['plan', 'set', '--owner', email, plan]);
  return email;
};

/** Signs somebody's browser in, without looking at a page. */
export const signIn = async (someone, email, password = PASSWORD) => {
  const ask = () =>
    someone.context.request.post('/api/ui/accounts/sign-in', {
      form: { email, password },
      headers: { Origin: site, Accept: 'text/html' },
      maxRedirects: 0,
    });
  let answer = await ask();
  // A machine that stalls for a second is told to come again, as its page does by itself.
  for (let tries = 0; answer.status() === 503 && tries < 3; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    answer = await ask();
  }
  assert.equal(answer.status(), 302, await answer.text());
  assert.match(answer.headers().location, /\/projects$/);
};

const decoded = (text, encoding) => {
  if (/base64/i.test(encoding)) return Buffer.from(text, 'base64').toString();
  if (!/quoted-printable/i.test(encoding)) return text;
  const bytes = text.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
};

const read = (source) => {
  const [, head] = /^([\s\S]*?)\r?\n\r?\n/.exec(source);
  const header = (name) => new RegExp(`^${name}: (.*(?:\r?\n[ \t].*)*)`, 'im').exec(head)?.[1] ?? '';
  const plain = /Content-Type: text\/plain[^]*?\r?\n\r?\n([^]*?)(?=\r?\n--)/i.exec(source);
  const encoding = /Content-Transfer-Encoding: (\S+)/i.exec(plain?.[0] ?? '')?.[1] ?? '';
  return { to: header('To'), subject: header('Subject'), text: decoded(plain?.[1] ?? '', encoding) };
};

/** The letters that went to an address so far. */
export const letters = async (email) => {
  const folder = join(dataFolder(), 'mail');
  const names = await readdir(folder).catch(() => []);
  const all = await Promise.all(names.filter((name) => /^[^.].*\.eml$/.test(name)).map((name) => readFile(join(folder, name), 'utf8')));
  return all.map(read).filter(({ to }) => to.includes(email));
};

/** The letter with this subject, once it comes, and the path of its link. */
export const letter = async (email, subject) => {
  const found = await until(`a letter "${subject}" to ${email}`, async () => (await letters(email)).find((letter) => letter.subject.includes(subject)));
  const link = new RegExp(`${site}(/\\S+\\?token=[\\w-]+)`).exec(found.text)?.[1];
  return { ...found, link };
};
