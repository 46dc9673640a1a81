/** Who may look at the demo's other rooms on this machine: the account that the server makes beside it. */

import { readFile } from 'node:fs/promises';

const source = await readFile(new URL('../../server/src/serve.rs', import.meta.url), 'utf8');
const constant = (name) => new RegExp(`pub const ${name}: &str = "([^"]+)"`).exec(source)[1];

export const DEMO = { email: constant('DEMO_EMAIL'), password: constant('DEMO_PASSWORD') };
