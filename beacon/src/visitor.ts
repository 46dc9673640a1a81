/** What the browser says about the visitor's device. Hints: the server looks for itself where it can. */

import { release } from './options';
import type { Visitor } from './wire';

interface Hints {
  connection?: { effectiveType?: string };
  deviceMemory?: number;
}

export const visitor = (): Visitor => {
  const { userAgent, maxTouchPoints, connection, deviceMemory } = navigator as Navigator & Hints;
  return {
    // An iPad calls itself a Macintosh, but no Macintosh has a touch screen.
    dev: /iPad|Tablet|Android(?!.*Mobi)/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1)
      ? 'tablet'
      : /Mobi/.test(userAgent)
        ? 'mobile'
        : 'desktop',
    conn: connection?.effectiveType,
    mem: deviceMemory,
    vw: innerWidth,
    vh: innerHeight,
    rel: release,
    ref: /^https?:..[^/]+/.exec(document.referrer)?.[0],
  };
};
