/** What the site's owner chose, read from the attributes of the tag. */

import { MAX_NAME } from './wire';

/** The tag that loaded this script; a module or a bundler leaves no currentScript, so look for the tag then. */
const tag = (document.currentScript || document.querySelector('script[data-key]')) as HTMLScriptElement | null;

const data = tag?.dataset ?? {};

/** An attribute that is there counts as "yes" unless it says "false". */
const yes = (value: string | undefined): boolean => value !== undefined && value !== 'false';

export const key = data.key;

/** Beside the script itself, so that a first-party proxy needs no second option. */
export const endpoint = (): string => data.endpoint || new URL('/api/beacon', tag!.src).href;

/** Verifies an installation: nothing is sampled out, everything is sent and shown at once. */
export const debug = yes(data.debug) || /[?&]perfally_debug\b/.test(location.search);

/** Share of page loads that report; what is no share means all of them. */
const share = data.sample ? +data.sample : 1;
export const sample = debug || !(share >= 0 && share <= 1) ? 1 : share;

/** In brackets, because the library has a property of that name, which the build shortens. */
export const attribution = data['attribution'] !== 'none';

export const release = data.release?.slice(0, MAX_NAME) || undefined;

/** Whether this visitor asked not to be counted and the site's owner listens. */
export const refused = (): boolean =>
  yes(data.respectGpc) &&
  ((navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true || navigator.doNotTrack === '1');
