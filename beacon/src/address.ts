/** Addresses without what may name a person: no query, no fragment, no user name. */

import { MAX_ADDRESS } from './wire';

/** Origin and path of a web address, the mere scheme of any other (`data:`, extensions), nothing of what is no address. */
export const address = (url: string | undefined): string | undefined => {
  try {
    const { protocol, origin, pathname } = new URL(url!);
    return (/^http/.test(protocol) ? origin + pathname : protocol).slice(0, MAX_ADDRESS);
  } catch {
    return undefined;
  }
};
