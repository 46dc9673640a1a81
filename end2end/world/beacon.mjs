/** Page views without a browser, for tests that need many, or such as no browser would send. */

import { randomUUID } from 'node:crypto';
import { DESKTOP, PHONE } from './browser.mjs';
import { site } from './process.mjs';

/**
 * Reports one page view; tells the collector's status. `view` is what differs from a plain one, in the wire's words;
 * `from` is the visitor's address, for those who need more than one visitor may send.
 */
export const report = async (key, url, view = {}, from) => {
  const answer = await fetch(`${site}/api/beacon`, {
    method: 'POST',
    headers: {
      'Content-Type': 'text/plain;charset=UTF-8',
      Origin: new URL(url).origin,
      ...(from && { 'X-Forwarded-For': from }),
      'User-Agent': view.dev === 'mobile' ? PHONE.userAgent : DESKTOP.userAgent,
    },
    body: JSON.stringify({ v: 1, key, id: randomUUID(), seq: 1, url, nav: 'navigate', w: 1, dev: 'desktop', vitals: { lcp: 1_200, fcp: 900, cls: 0.02, ttfb: 150 }, ...view }),
  });
  await answer.arrayBuffer();
  return answer.status;
};

/** A week's worth of a small shop: enough for every figure to be settled, most of it good. */
export const reportMany = async (key, origin, count = 120) => {
  const views = Array.from({ length: count }, (_, at) => ({
    path: ['/', '/coffee', `/product/${at}`, '/checkout'][at % 4],
    view: {
      dev: at % 3 ? 'desktop' : 'mobile',
      vitals: { lcp: 1_500 + (at % 40) * 20, fcp: 900 + (at % 30) * 10, cls: (at % 10) / 200, ttfb: 120 + (at % 20) * 5, inp: 60 + (at % 25) * 12 },
      metrics: { results_found: at % 40, ...(at % 4 === 3 && { cart_ready: 400 + at * 5.5 }) },
    },
  }));
  for (let at = 0; at < views.length; at += 20) {
    const statuses = await Promise.all(views.slice(at, at + 20).map(({ path, view }) => report(key, origin + path, view)));
    if (!statuses.every((status) => status === 202)) throw new Error(`the collector answered ${statuses}`);
  }
};
