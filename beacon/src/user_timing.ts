/** User Timing as a source of custom metrics: only names that begin with `perfally:`, so that a page's other marks stay its own. */

import { observe } from '#web-vitals/observe.js';
import { putMetric } from './page_view';
import { quiet } from './quiet';
import { changed, current } from './views';

const PREFIX = 'perfally:';

const take = quiet((entries: PerformanceEntryList) => {
  for (const { name, entryType, startTime, duration } of entries) {
    if (name.startsWith(PREFIX)) {
      // A mark is a moment of the page view, a measure is a stretch of time.
      putMetric(current, name.slice(PREFIX.length), entryType === 'mark' ? Math.max(0, startTime - current._start) : duration);
      changed();
    }
  }
});

/** Returns what collects the entries that the browser has not handed over yet. */
export const listenToTimings = (): (() => void) => {
  const observer = observe(['mark', 'measure'] as never, take as never);
  return () => take(observer?.takeRecords() ?? []);
};
