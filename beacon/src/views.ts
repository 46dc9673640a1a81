/** The page views of this page load: which is current, which has something new to say, and when that is sent. */

import { debug } from './options';
import { openView, type PageView } from './page_view';
import { quiet } from './quiet';
import { send } from './send';
import { visitor } from './visitor';
import type { Beacon, NavType, Visitor } from './wire';

/** Oldest first. */
let views: PageView[] = [];
/** The view of the document itself, which page-load vitals belong to however many soft navigations follow. */
export let page: PageView;
/** The newest view, which calls and user timings belong to. */
export let current: PageView;

let paused: boolean | undefined;
let device: Visitor | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

export const hidden = (): boolean => document.visibilityState === 'hidden';

/** Tags describe the visit (a variant, a template), so a new view begins with those of the one before. */
export const startView = (nav: NavType, url: string, start: number): PageView => {
  views.push((current = openView(nav, url, start, current?._report.tags)));
  if (nav !== 'soft-navigation') page = current;
  flush(true);
  changed();
  return current;
};

/** Asked when the first value comes: earlier the size of the window would cost a layout, and at the end it may be gone. */
export const meet = (): Visitor => (device ??= visitor());

const report = (view: PageView): void => {
  const body = JSON.stringify({ ...view._report, ...meet() } satisfies Omit<Beacon, 'seq'>);
  if (body !== view._sent) {
    view._sent = body;
    send(`${body.slice(0, -1)},"seq":${++view._seq}}`, () => {
      view._sent = '';
    });
  }
};

/**
 * Sends what is new. Between leaving moments (`ended`) that is only what is over:
 * the library finishes a soft navigation when the next one begins, so the last two may still change.
 */
export const flush = (ended?: boolean): void => {
  clearTimeout(timer);
  timer = undefined;
  if (!paused) {
    views = views.filter((view, i) => {
      const over = i < views.length - 2 && view !== page;
      if (over || !ended) report(view);
      return !over;
    });
  }
};

/**
 * Something is new. Usually it waits for the page to hide; a page that is hidden already, or in debug mode, has no such
 * moment ahead. A page that is prerendered may never be seen, and says nothing.
 */
export const changed = (): void => {
  if ((debug || hidden()) && !document.prerendering) timer ??= setTimeout(quiet(() => flush()), 500);
};

export const pause = (yes: boolean): void => {
  paused = yes;
  changed();
};
