/** How a beacon leaves: without a preflight, without credentials, and also while the page is going away. */

import { debug, endpoint } from './options';
import { log } from './quiet';

/**
 * `failed` is called when it is certain that nothing left.
 * In debug mode `fetch` goes first, because only it can show the answer.
 */
export const send = (body: string, failed: () => void): void => {
  const url = endpoint();
  let taken;
  try {
    // A string travels as text/plain, which needs no preflight.
    taken = !debug && navigator.sendBeacon(url, body);
  } catch {
    // Refused in a way of its own (blocked, missing): the same as false.
  }
  if (!taken) {
    fetch(url, { method: 'POST', body, keepalive: true, credentials: 'omit' })
      .then(async (answer) => log('sent', JSON.parse(body), answer.status, await answer.text()))
      .catch((error) => {
        log('not sent', error);
        failed();
      });
  }
};
