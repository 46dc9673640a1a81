/** How far the document had loaded does not travel. */

export const getLoadState = (): void => {};
