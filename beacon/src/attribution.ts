/** Why a vital is what it is, cut down to what travels: scalars, selectors and addresses, never an element or its text. */

import type { MetricWithAttribution } from 'web-vitals/attribution';
import { address } from './address';
import { round } from './page_view';
import { MAX_NAME, MAX_SELECTOR, type Attribution } from './wire';

const selector = (target: string | undefined): string | undefined => target?.slice(0, MAX_SELECTOR) || undefined;

/** FCP and TTFB come without: their parts have no place on the wire. */
export const explain = (attr: Attribution, metric: MetricWithAttribution): void => {
  if (metric.name === 'LCP') {
    const a = metric.attribution;
    attr.lcp = {
      target: selector(a.target),
      url: address(a.url),
      ttfb: round(a.timeToFirstByte),
      load_delay: round(a.resourceLoadDelay),
      load_time: round(a.resourceLoadDuration),
      render_delay: round(a.elementRenderDelay),
    };
  }
  if (metric.name === 'INP') {
    const a = metric.attribution;
    const script = a.longestScript?.entry;
    attr.inp = {
      target: selector(a.interactionTarget),
      type: a.interactionType,
      input_delay: round(a.inputDelay),
      processing: round(a.processingDuration),
      presentation: round(a.presentationDelay),
      script: address(script?.sourceURL),
      function: script?.sourceFunctionName.slice(0, MAX_NAME) || undefined,
    };
  }
  if (metric.name === 'CLS') {
    const a = metric.attribution;
    attr.cls = { target: selector(a.largestShiftTarget), value: a.largestShiftValue && round(a.largestShiftValue) };
  }
};
