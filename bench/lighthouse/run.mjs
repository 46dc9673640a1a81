// Lighthouse on pages of a server, each so many times, in turn: a line of JSON for each run.
// node run.mjs '{ "site", "runs", "pages": [{ "name", "path", "cookie" }] }'; CHROME_PATH names the browser.
// LIGHTHOUSE_REPORTS names a folder for the whole reports, to see what a score is made of.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const { site, runs, pages } = JSON.parse(process.argv[2]);
const FLAGS = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-component-update"];

const reports = process.env.LIGHTHOUSE_REPORTS;
if (reports) mkdirSync(reports, { recursive: true });

/** One run in a browser of its own, so that nothing is cached. */
const measure = async ({ name, path, cookie }, nr) => {
  const chrome = await launch({ chromePath: process.env.CHROME_PATH, chromeFlags: FLAGS });
  try {
    const { lhr } = await lighthouse(
      site + path,
      { port: chrome.port, logLevel: "error", output: "json" },
      {
        extends: "lighthouse:default",
        settings: {
          onlyCategories: ["performance", "accessibility", "best-practices"],
          disableFullPageScreenshot: true,
          extraHeaders: cookie ? { Cookie: cookie } : undefined,
        },
      },
    );
    if (lhr.runtimeError) throw Object.assign(new Error(`${path}: ${lhr.runtimeError.message}`), lhr.runtimeError);
    if (new URL(lhr.finalDisplayedUrl).pathname !== path) throw new Error(`${path} led to ${lhr.finalDisplayedUrl}`);
    if (reports) writeFileSync(join(reports, `${name}-${nr + 1}.json`), JSON.stringify(lhr));
    const value = (audit) => lhr.audits[audit].numericValue;
    return {
      page: name,
      score: lhr.categories.performance.score,
      accessibility: lhr.categories.accessibility.score,
      best_practices: lhr.categories["best-practices"].score,
      lcp: value("largest-contentful-paint"),
      fcp: value("first-contentful-paint"),
      tbt: value("total-blocking-time"),
      cls: value("cumulative-layout-shift"),
      speed_index: value("speed-index"),
      bytes: lhr.audits["network-requests"].details.items.reduce((sum, { transferSize }) => sum + (transferSize ?? 0), 0),
      version: lhr.lighthouseVersion,
      benchmark: lhr.environment.benchmarkIndex,
    };
  } finally {
    await chrome.kill();
  }
};

/** Chromium now and then hands over a trace without a beginning: Lighthouse says to run it again, which is done once. */
const measured = async (page, nr) => {
  try {
    return await measure(page, nr);
  } catch (error) {
    if (error.code !== "NO_NAVSTART") throw error;
    console.error(error.message);
    return measure(page, nr);
  }
};

for (let nr = 0; nr < runs; nr++) for (const page of pages) console.log(JSON.stringify(await measured(page, nr)));
