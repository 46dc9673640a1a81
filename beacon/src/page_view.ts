/** One page view and all that is known of it. Whether and when it travels is `views.ts`. */

import { address } from './address';
import { attribution, key, sample } from './options';
import { uuid } from './uuid';
import { MAX_NAME, MAX_NAMES, type Beacon, type NavType, type Visitor } from './wire';

/** All of a beacon except what is added on the way out. */
export type Report = Omit<Beacon, 'seq' | keyof Visitor>;

export interface PageView {
  _report: Report;
  /** When it began, on the page's clock: what a User Timing mark is measured from. */
  _start: number;
  _seq: number;
  /** What was sent last, to send nothing twice. */
  _sent?: string;
}

export const openView = (nav: NavType, url: string, start: number, tags?: Report['tags']): PageView => ({
  _report: {
    v: 1,
    key: key!,
    id: uuid(),
    url: address(url)!,
    nav,
    w: 1 / sample,
    vitals: {},
    attr: attribution ? {} : undefined,
    metrics: {},
    tags: { ...tags },
  },
  _start: start,
  _seq: 0,
});

/** The noise of the browser's clock below 10 ns is no information, but it is bytes. */
export const round = (value: number): number => Math.round(value * 1e5) / 1e5;

/** A name longer than allowed is cut; one name too many is not taken. */
export const put = <T>(into: Record<string, T>, name: string, value: T): void => {
  name = name.slice(0, MAX_NAME);
  if (name in into || Object.keys(into).length < MAX_NAMES) into[name] = value;
};

export const putMetric = (view: PageView, name: string, value: number): void => {
  if (Number.isFinite(value)) put(view._report.metrics, name, round(value));
};
