// Builds dist/: style.css, chart-loader.js (every page with a chart loads it), chart.js (loaded by it when a chart is near) and
// served.js (every live page loads it).

import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

process.chdir(fileURLToPath(new URL(".", import.meta.url)));
rmSync("dist", { recursive: true, force: true });
mkdirSync("dist");

const css = spawnSync("node_modules/.bin/tailwindcss", ["--input", "main.css", "--output", "dist/style.css", "--minify"], {
  stdio: ["ignore", "inherit", "pipe"],
  encoding: "utf8",
});
if (css.status !== 0) {
  process.stderr.write(css.stderr ?? "");
  process.exit(css.status ?? 1);
}

const script = {
  outdir: "dist",
  bundle: true,
  format: "esm",
  target: ["chrome109", "firefox115", "safari16"],
  minify: true,
  legalComments: "none",
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
};
await build({
  ...script,
  entryPoints: ["chart.ts", "chart-loader.ts"],
  // Its own notice travels with it, as its licence asks.
  banner: { js: "/*! Charts: Apache ECharts (Apache-2.0), zrender (BSD-3-Clause) */" },
});
await build({ ...script, entryPoints: ["served.ts"] });
