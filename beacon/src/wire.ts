/**
 * What travels: version 1 of the wire format. The server reads exactly these
 * names, so they are never mangled. Times are milliseconds.
 */

/** How the page view began, in web-vitals' words. */
export type NavType =
  | 'navigate'
  | 'reload'
  | 'back-forward'
  | 'back-forward-cache'
  | 'prerender'
  | 'restore'
  | 'soft-navigation';

export type Device = 'mobile' | 'tablet' | 'desktop';

/** `cls` is a score without a unit, all others are milliseconds. */
export interface Vitals {
  lcp?: number;
  cls?: number;
  inp?: number;
  fcp?: number;
  ttfb?: number;
}

export interface LcpAttribution {
  target?: string;
  url?: string;
  ttfb: number;
  load_delay: number;
  load_time: number;
  render_delay: number;
}

export interface InpAttribution {
  target?: string;
  type?: 'pointer' | 'keyboard';
  input_delay: number;
  processing: number;
  presentation: number;
  /** The longest script of the frames that the interaction waited for. */
  script?: string;
  function?: string;
}

export interface ClsAttribution {
  target?: string;
  /** The largest single shift, not the whole session window. */
  value?: number;
}

export interface Attribution {
  lcp?: LcpAttribution;
  inp?: InpAttribution;
  cls?: ClsAttribution;
}

/** What the page view shares with all others of the same page load. */
export interface Visitor {
  dev: Device;
  conn?: string;
  /** Gigabytes, as coarse as the browser gives them. */
  mem?: number;
  vw: number;
  vh: number;
  rel?: string;
  /** Origin of the page that led to this page load. */
  ref?: string;
}

/** One report about one page view. Later reports carry a higher `seq` and all that is known by then. */
export interface Beacon extends Visitor {
  v: 1;
  key: string;
  /** UUID, version 7. */
  id: string;
  /** From 1, growing with every report of this page view. */
  seq: number;
  /** Origin and path only. */
  url: string;
  nav: NavType;
  /** How many page views this one stands for: 1 / sample. */
  w: number;
  vitals: Vitals;
  attr?: Attribution;
  metrics: Record<string, number>;
  tags: Record<string, string>;
}

/** Longest texts, and the most metrics and the most tags of a page view; together they keep a beacon below 64 KiB whatever a page does. */
export const MAX_ADDRESS = 2000;
export const MAX_SELECTOR = 200;
export const MAX_NAME = 64;
export const MAX_NAMES = 32;
