// Lays out the data that the server reads at run time, from the packages that publish it.
// node build.mjs FOLDER → country.mmdb, user-agents.yaml, bots.json (regular expressions; case does not matter)

import { copyFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { list } from "isbot";

const folder = process.argv[2];
const { resolve } = createRequire(import.meta.url);

await copyFile(
  resolve("@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb"),
  join(folder, "country.mmdb"),
);
await copyFile(resolve("uap-core/regexes.yaml"), join(folder, "user-agents.yaml"));
await writeFile(join(folder, "bots.json"), `${JSON.stringify(list, null, 1)}\n`);
