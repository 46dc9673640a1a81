/** The addresses of the site, read from the one table that makes them. */

import { readFile } from 'node:fs/promises';

const table = new URL('../../app/src/routes.rs', import.meta.url);

/** As the table writes them, with `:project` for a parameter. */
export const routes = async () => {
  const source = await readFile(table, 'utf8');
  const found = [...source.matchAll(/<Route\s+path=path!\("([^"]*)"\)/g)].map(([, path]) => path);
  if (found.length < 10) throw new Error('app/src/routes.rs is written in another way than this reads');
  return found;
};
