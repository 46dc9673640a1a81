/** Nothing of ours may ever surface in the page: every entry from outside goes through here. */

import { debug } from './options';

export const log = (...words: unknown[]): void => {
  if (debug) console.info('[perfally]', ...words);
};

export const quiet =
  <A extends unknown[]>(run: (...args: A) => void) =>
  (...args: A): void => {
    try {
      run(...args);
    } catch (error) {
      log(error);
    }
  };
