// Lighthouse on pages of a server, each so many times, in turn: a line of JSON for each run.
// node run.mjs '{ "site", "runs", "pages": [{ "name", "path", "cookie" }] }'; CHROME_PATH names the browser.

import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const { site, runs, pages } = JSON.parse(process.argv[2]);
const FLAGS = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-component-update"];

/** One run in a browser of its own, so that nothing is cached. */
const measure = async ({ name, path, cookie }) => {
  const chrome = await launch({ chromePath: process.env.CHROME_PATH, chromeFlags: FLAGS });
  try {
    const { lhr } = await lighthouse(
      site + path,
      { port: chrome.port, logLevel: "error", output: "json" },
      {
        extends: "lighthouse:default",
        settings: {
          onlyCategories: ["performance"],
          disableFullPageScreenshot: true,
          extraHeaders: cookie ? { Cookie: cookie } : undefined,
        },
      },
    );
    if (lhr.runtimeError) throw new Error(`${path}: ${lhr.runtimeError.code}: ${lhr.runtimeError.message}`);
    if (new URL(lhr.finalDisplayedUrl).pathname !== path) throw new Error(`${path} led to ${lhr.finalDisplayedUrl}`);
    const value = (audit) => lhr.audits[audit].numericValue;
    return {
      page: name,
      score: lhr.categories.performance.score,
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

for (let nr = 0; nr < runs; nr++) for (const page of pages) console.log(JSON.stringify(await measure(page)));
