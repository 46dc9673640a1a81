/** Links that show a view to anybody, made without looking at a page. */

import assert from 'node:assert/strict';
import { PASSWORD } from './accounts.mjs';
import { site } from './process.mjs';

/** The path of a new link to a room of a project, made by its owner. */
export const shareLink = async (email, project, { room = 'overview', view = '' } = {}) => {
  const post = (path, fields, cookie = '') =>
    fetch(`${site}/api/ui/${path}`, {
      method: 'POST',
      headers: { Origin: site, Accept: path === 'accounts/sign-in' ? 'text/html' : 'application/json', Cookie: cookie },
      body: new URLSearchParams(fields),
      redirect: 'manual',
    });
  const signedIn = await post('accounts/sign-in', { email, password: PASSWORD });
  const cookie = signedIn.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
  const made = await post('projects/create-share-link', { project, room, view, name: 'Acme', lifetime: 'week' }, cookie);
  assert.equal(made.status, 200);
  return new URL(await made.json()).pathname;
};
