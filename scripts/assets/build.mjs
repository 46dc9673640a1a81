// Lays out the data that the server reads at run time, from the packages that publish it.
// node build.mjs FOLDER → country.mmdb, user-agents.yaml, bots.json, LICENCES.txt
// bots.json: regular expressions of a browser's dialect (some look around); case does not matter.

import { copyFile, readFile, writeFile } from "node:fs/promises";
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

const packages = ["@ip-location-db/geo-whois-asn-country-mmdb/NRO_LICENSE", "uap-core/LICENSE", "isbot/LICENSE"];
const notices = await Promise.all(
  packages.map(async (name) => `${name.slice(0, name.lastIndexOf("/"))}\n\n${(await readFile(resolve(`./node_modules/${name}`), "utf8")).trim()}\n`),
);
await writeFile(join(folder, "LICENCES.txt"), notices.join("\n---\n\n"));
