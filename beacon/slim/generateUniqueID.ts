/** Tells one metric from the next; it never leaves the page, page views carry ids of their own. */

let last = 0;

export const generateUniqueID = (): number => ++last;
