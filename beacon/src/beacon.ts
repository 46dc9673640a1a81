/** The script as a whole: one tag, one collector, from the first queued call to the last beacon. */

import { onBFCacheRestore } from '#web-vitals/bfcache.js';
import { getActivationStart } from '#web-vitals/getActivationStart.js';
import { initMetric } from '#web-vitals/initMetric.js';
import { whenActivated } from '#web-vitals/whenActivated.js';
import { takeCalls } from './calls';
import { key, refused, sample } from './options';
import { put, putMetric } from './page_view';
import { log, quiet } from './quiet';
import { listenToTimings } from './user_timing';
import { changed, current, flush, hidden, page, pause, startView } from './views';
import { listen } from './vitals';
import { MAX_NAME } from './wire';

const obey = quiet((command: unknown, name?: unknown, value?: unknown) => {
  if (command === 'metric') putMetric(current, `${name}`, value as number);
  if (command === 'tag') put(current._report.tags, `${name}`, `${value}`.slice(0, MAX_NAME));
  if (command === 'pause') pause(true);
  if (command === 'resume') pause(false);
  changed();
});

const collect = quiet(() => {
  // The clock of a prerendered page begins when the visitor opens it.
  page._start = getActivationStart();

  // Before the library's own listeners: their first report after a restore belongs to this view.
  onBFCacheRestore(quiet((event) => startView('back-forward-cache', location.href, event.timeStamp)));

  // The newest thing the library needs. Without it the page view still counts, and no console fills with errors.
  if ('findLast' in []) {
    listen(false);
    listen(true);
  }
  const finishTimings = listenToTimings();

  const leave = quiet(() => {
    finishTimings();
    flush();
  });
  // The library listens on the window while the event comes down; at the document its last values are in.
  document.addEventListener('visibilitychange', () => hidden() && leave());
  // A visible page that is left fires pagehide first and hides right after, so sending here would only send twice.
  // A hidden one has no other moment; and one that neither leaves nor hides sends a little later.
  addEventListener('pagehide', () => {
    const left = page;
    if (hidden()) leave();
    else setTimeout(() => left === page && leave());
  });
  changed();
});

quiet(() => {
  if (!key) return console.warn('[perfally] no data-key: nothing is measured');
  // A second tag: the first collects already.
  if (window.perfally?.key) return;
  if (refused() || Math.random() >= sample) {
    log('not measured');
    return takeCalls(key, () => {});
  }
  // How the library would name this load; a page view without any vital has a beginning too.
  const { navigationType, navigationURL } = initMetric('TTFB');
  startView(navigationType, navigationURL || location.href, 0);
  takeCalls(key, obey);
  whenActivated(collect);
})();
