/** Listens to web-vitals and gives every value to the page view that it is about. */

import type { MetricWithAttribution } from 'web-vitals/attribution';
import { onCLS } from 'web-vitals/attribution/onCLS.js';
import { onINP } from 'web-vitals/attribution/onINP.js';
import { onLCP } from 'web-vitals/attribution/onLCP.js';
// Their attribution has no place on the wire.
import { onFCP } from 'web-vitals/onFCP.js';
import { onTTFB } from 'web-vitals/onTTFB.js';
import { explain } from './attribution';
import { debug } from './options';
import { round, type PageView } from './page_view';
import { quiet } from './quiet';
import { changed, meet, page, startView } from './views';
import type { Vitals } from './wire';

const softViews = new Map<number, PageView>();

/** The view of a soft navigation, opened when its first value comes. */
const softView = ({ navigationId, navigationType, navigationURL, navigationStartTime }: MetricWithAttribution): PageView => {
  let view = softViews.get(navigationId);
  if (!view) softViews.set(navigationId, (view = startView(navigationType, navigationURL!, navigationStartTime!)));
  return view;
};

/**
 * Two registrations: with soft navigations reported, web-vitals ends the page load's values at the first of them,
 * and they would no longer be those that Google counts for the page.
 */
export const listen = (reportSoftNavs: boolean): void => {
  const options = { reportSoftNavs, reportAllChanges: debug };
  for (const on of [onTTFB, onFCP, onLCP, onCLS, onINP] as ((report: (metric: MetricWithAttribution) => void, opts: object) => void)[]) {
    on(
      quiet((metric) => {
        if (reportSoftNavs === (metric.navigationType === 'soft-navigation')) {
          const { vitals, attr } = (reportSoftNavs ? softView(metric) : page)._report;
          vitals[metric.name.toLowerCase() as keyof Vitals] = round(metric.value);
          if (attr) explain(attr, metric);
          meet();
          changed();
        }
      }),
      options,
    );
  }
};
