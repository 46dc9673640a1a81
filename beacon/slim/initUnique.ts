/** One helper object per registration: a registration only ever asks for one kind, so one map is enough. */

const made = new WeakMap<object, unknown>();

export const initUnique = <T>(options: object, Kind: new () => T): T => {
  if (!made.has(options)) made.set(options, new Kind());
  return made.get(options) as T;
};
