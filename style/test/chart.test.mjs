// <perf-chart> in a real browser, under the content policy of the product.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'";
const attribute = (option) => JSON.stringify(option).replaceAll("&", "&amp;").replaceAll("'", "&#39;");
const option = {
  tooltip: { trigger: "axis", valueFormatter: "@ms" },
  xAxis: { type: "category", data: ["Mon", "Tue", "Wed"] },
  yAxis: { type: "value", axisLabel: { formatter: "@ms" } },
  series: [{ type: "bar", name: "p75", data: [900, 2310, 4200], itemStyle: { color: "var(--color-good-fill)" } }],
};

const page = (body) => `<!doctype html><html lang="en"><head><title>Charts</title><link rel="stylesheet" href="/style.css">
<script type="module" src="/chart-loader.js"></script></head><body>${body}</body></html>`;

const kinds = { css: "text/css", js: "text/javascript" };
let body = "";
let asked = [];
let server;
let browser;
let origin;

before(async () => {
  server = createServer((request, response) => {
    asked.push(request.url);
    response.setHeader("content-security-policy", policy);
    if (request.url === "/") {
      response.setHeader("content-type", "text/html; charset=utf-8");
      return response.end(page(body));
    }
    try {
      const bytes = readFileSync(new URL(`../dist${request.url}`, import.meta.url));
      response.setHeader("content-type", kinds[request.url.split(".").pop()]);
      response.end(bytes);
    } catch {
      response.writeHead(204).end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  origin = `http://127.0.0.1:${server.address().port}/`;
  browser = await chromium.launch({
    executablePath: process.env.CHROME_PATH || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
  });
});

after(async () => {
  await browser?.close();
  server?.close();
});

/** A page with this body; every complaint of the browser fails the test at its end. */
async function open(given, settings = {}) {
  body = given;
  asked = [];
  const tab = await browser.newPage({ viewport: { width: 800, height: 600 }, colorScheme: "light", ...settings });
  const complaints = [];
  tab.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  tab.on("pageerror", (error) => complaints.push(String(error)));
  await tab.goto(origin);
  return {
    tab,
    close: async () => {
      await tab.close();
      assert.deepEqual(complaints, []);
    },
  };
}

const chart = (more = "", given = option) => `<perf-chart label="LCP, last three days" option='${attribute(given)}' ${more}></perf-chart>`;
const fills = (tab) =>
  tab.evaluate(() => [...document.querySelector("perf-chart").shadowRoot.querySelectorAll("path")].map((path) => path.getAttribute("fill")));
const words = (tab) => tab.evaluate(() => document.querySelector("perf-chart").shadowRoot.querySelector(".chart")?.textContent ?? "");
const drawn = (tab) => tab.waitForFunction(() => document.querySelector("perf-chart")?.shadowRoot?.querySelector("svg path"));

test("a_chart_is_drawn_with_the_tokens_of_the_page_and_our_words_for_numbers", async () => {
  const { tab, close } = await open(chart());
  await drawn(tab);
  const found = await fills(tab);
  assert.ok(found.includes("rgb(22, 150, 90)") || found.includes("rgb(22,150,90)"), found.join(" "));
  assert.match(await words(tab), /4 s/);
  const box = await tab.evaluate(() => {
    const { role, ariaLabel } = document.querySelector("perf-chart").shadowRoot.querySelector(".chart");
    return { role, ariaLabel };
  });
  assert.deepEqual(box, { role: "img", ariaLabel: "LCP, last three days" });
  await close();
});

test("the_library_is_loaded_only_when_a_chart_is_near", async () => {
  const { tab, close } = await open(`<div style="height:4000px"></div>${chart()}`);
  await tab.waitForTimeout(300);
  assert.ok(asked.includes("/chart-loader.js"));
  assert.ok(!asked.includes("/chart.js"));
  await tab.evaluate(() => window.scrollTo(0, 3600));
  await drawn(tab);
  assert.ok(asked.includes("/chart.js"));
  await close();
});

test("its_room_is_kept_and_its_own_tree_is_left_alone", async () => {
  const { tab, close } = await open(`${chart("", option).replace("></perf-chart>", "><p>Loading</p></perf-chart>")}<p id="below">Below</p>`);
  const before = await tab.evaluate(() => document.querySelector("#below").getBoundingClientRect().top);
  await drawn(tab);
  const after = await tab.evaluate(() => [document.querySelector("#below").getBoundingClientRect().top, document.querySelector("perf-chart").innerHTML]);
  assert.deepEqual(after, [before, "<p>Loading</p>"]);
  await close();
});

test("it_follows_the_theme", async () => {
  const { tab, close } = await open(chart());
  await drawn(tab);
  await tab.emulateMedia({ colorScheme: "dark" });
  const has = (rgb) =>
    tab.waitForFunction(
      (rgb) => [...document.querySelector("perf-chart").shadowRoot.querySelectorAll("path")].some((path) => (path.getAttribute("fill") ?? "").replaceAll(" ", "").includes(rgb)),
      rgb,
    );
  await has("63,174,118");
  await tab.evaluate(() => (document.documentElement.dataset.theme = "light"));
  await has("22,150,90");
  await close();
});

test("it_follows_its_attributes_and_its_size", async () => {
  const { tab, close } = await open(chart());
  await drawn(tab);
  await tab.evaluate((next) => document.querySelector("perf-chart").setAttribute("option", next), JSON.stringify({ ...option, xAxis: { type: "category", data: ["Jan", "Feb", "Mar"] } }));
  await tab.waitForFunction(() => document.querySelector("perf-chart").shadowRoot.textContent.includes("Feb"));
  assert.doesNotMatch(await words(tab), /Tue/);
  await tab.setViewportSize({ width: 400, height: 600 });
  await tab.waitForFunction(() => Number(document.querySelector("perf-chart").shadowRoot.querySelector("svg").getAttribute("width")) < 400);
  await close();
});

test("everything_is_reached_by_keyboard", async () => {
  const { tab, close } = await open(`${chart('table="figures"')}<details id="figures"><summary>As a table</summary><table></table></details>`);
  await drawn(tab);
  await tab.keyboard.press("Tab");
  await tab.keyboard.press("ArrowRight");
  await tab.keyboard.press("ArrowRight");
  await tab.waitForFunction(() => /Tue[\s\S]*2\.31 s/.test(document.querySelector("perf-chart").shadowRoot.querySelector(".chart").innerText));
  await tab.keyboard.press("t");
  const state = await tab.evaluate(() => [document.querySelector("details").open, document.activeElement.tagName]);
  assert.deepEqual(state, [true, "SUMMARY"]);
  await close();
});

test("a_pick_and_a_zoom_are_said_aloud", async () => {
  const zoomable = { ...option, dataZoom: [{ type: "inside" }] };
  const { tab, close } = await open(chart("", zoomable));
  await drawn(tab);
  await tab.evaluate(() => {
    window.heard = [];
    for (const name of ["perf-chart-pick", "perf-chart-zoom"]) document.addEventListener(name, (event) => window.heard.push([name, event.detail]));
  });
  await tab.mouse.click(400, 200);
  await tab.mouse.move(400, 150);
  for (let turn = 0; turn < 12; turn++) await tab.mouse.wheel(0, -400);
  await tab.waitForFunction(() => window.heard.length >= 2);
  const heard = Object.fromEntries(await tab.evaluate(() => window.heard));
  assert.equal(heard["perf-chart-pick"].name, "Tue");
  assert.deepEqual(heard["perf-chart-zoom"], { startValue: 1, endValue: 1 });
  await close();
});

const days = { href: "/?period=custom", days: ["2026-11-20", "2026-11-21", "2026-11-22"] };
const line = { ...option, series: [{ ...option.series[0], type: "line" }] };
const heard = (tab) =>
  tab.evaluate(() => {
    window.heard = [];
    document.addEventListener("perf-chart-zoom", (event) => window.heard.push(event.detail));
  });

test("a_part_is_marked_by_dragging_and_by_keys_where_marking_leads_somewhere", async () => {
  for (const more of ["", `zoom='${attribute(days)}'`]) {
    const { tab, close } = await open(chart(more, line));
    await drawn(tab);
    await heard(tab);
    await tab.mouse.move(150, 100);
    await tab.mouse.down();
    await tab.mouse.move(400, 110, { steps: 4 });
    await tab.mouse.up();
    await tab.locator("perf-chart [role=img]").focus();
    for (const key of ["End", "Shift+ArrowLeft", "Enter", "Home", "Enter"]) await tab.keyboard.press(key);
    const expected = more ? [{ startValue: 0, endValue: 1 }, { startValue: 1, endValue: 2 }, { startValue: 0, endValue: 0 }] : [];
    assert.deepEqual(await tab.evaluate(() => window.heard), expected);
    await close();
  }
});

test("a_click_marks_nothing", async () => {
  const { tab, close } = await open(chart(`zoom='${attribute(days)}'`, line));
  await drawn(tab);
  await heard(tab);
  await tab.mouse.click(400, 150);
  assert.deepEqual(await tab.evaluate(() => [window.heard, document.querySelector("perf-chart").shadowRoot.querySelector(".veil").hidden]), [[], true]);
  await close();
});

test("charts_of_one_group_share_their_crosshair", async () => {
  const other = { ...line, series: [{ ...line.series[0], name: "Page views", data: [11, 222, 33], itemStyle: {} }] };
  const { tab, close } = await open(`${chart('group="time"', line)}${chart('group="time" id="other"', other)}`);
  await drawn(tab);
  await tab.waitForFunction(() => document.querySelector("#other").shadowRoot?.querySelector("svg path"));
  const second = () => tab.waitForFunction(() => /Tue[\s\S]*222/.test(document.querySelector("#other").shadowRoot.querySelector(".chart").innerText));
  await tab.mouse.move(400, 100);
  await second();
  await tab.mouse.move(10, 590);
  await tab.locator("perf-chart [role=img]").first().focus();
  await tab.keyboard.press("Home");
  await tab.keyboard.press("ArrowRight");
  await second();
  await close();
});

test("a_heat_map_is_read_in_four_directions", async () => {
  const cells = [0, 1].flatMap((day) => [0, 1, 2].map((hour) => ({ name: `${"MT"[day]}${hour}`, value: [hour, day, 100 * day + hour + 7] })));
  const heat = {
    tooltip: { trigger: "item" },
    xAxis: { type: "category", data: ["0", "1", "2"] },
    yAxis: { type: "category", data: ["M", "T"] },
    series: [{ type: "heatmap", name: "LCP", data: cells }],
  };
  const { tab, close } = await open(chart("", heat));
  await drawn(tab);
  await tab.locator("perf-chart [role=img]").focus();
  const says = (words) => tab.waitForFunction((words) => document.querySelector("perf-chart").shadowRoot.querySelector(".chart").innerText.includes(words), words);
  for (const [key, words] of [["ArrowRight", "M0"], ["ArrowDown", "T0"], ["ArrowRight", "T1"], ["ArrowUp", "M1"], ["ArrowUp", "M1"]]) {
    await tab.keyboard.press(key);
    await says(words);
  }
  await close();
});

const figures = `<table id="figures"><tr><th>When</th><th>LCP</th><th>Release</th></tr>
<tr><th>3 Nov</th><td>2.31\u00a0s</td><td>=cmd|' /C calc'!A0</td></tr><tr><th>4 Nov</th><td>–</td><td>+1, "beta"</td></tr>
<tr><th>5 Nov</th><td>1</td><td>@x</td></tr><tr><th>6 Nov</th><td>1</td><td>-2</td></tr><tr><th>7 Nov</th><td>1</td><td>&#9;=1</td></tr></table>`;

test("a_chart_is_downloaded_as_it_is_drawn_and_its_table_without_formulas", async () => {
  const { tab, close } = await open(`${chart('file="lcp-trend-2026-11-03" table="figures"', line)}${figures}`);
  await drawn(tab);
  const get = async (kind) => {
    await tab.locator("perf-chart summary").click();
    const [download] = await Promise.all([tab.waitForEvent("download"), tab.getByRole("button", { name: kind }).click()]);
    assert.equal(download.suggestedFilename(), `lcp-trend-2026-11-03.${kind.toLowerCase()}`);
    return readFileSync(await download.path());
  };
  const csv = (await get("CSV")).toString();
  assert.equal(
    csv,
    "\ufeffWhen,LCP,Release\r\n3 Nov,2.31 s,'=cmd|' /C calc'!A0\r\n4 Nov,–,\"'+1, \"\"beta\"\"\"\r\n5 Nov,1,'@x\r\n6 Nov,1,'-2\r\n7 Nov,1,'\t=1\r\n",
  );
  const svg = (await get("SVG")).toString();
  assert.match(svg, /^<svg[^>]* xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  assert.match(svg, /<title>LCP, last three days<\/title>/);
  assert.ok(svg.includes("Tue"));
  const png = await get("PNG");
  assert.deepEqual([...png.subarray(1, 4)].map((byte) => String.fromCharCode(byte)).join(""), "PNG");
  const size = await tab.evaluate(() => [document.querySelector("perf-chart").clientWidth, document.querySelector("perf-chart").clientHeight]);
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], size.map((pixels) => 2 * pixels));
  await close();
});

test("without_a_file's_name_there_is_nothing_to_download", async () => {
  const { tab, close } = await open(chart());
  await drawn(tab);
  assert.equal(await tab.locator("perf-chart summary").isVisible(), false);
  await close();
});

test("a_removed_chart_frees_everything_and_comes_back", async () => {
  const { tab, close } = await open(`<main>${chart()}</main>`);
  await drawn(tab);
  const left = await tab.evaluate(() => {
    window.kept = document.querySelector("perf-chart");
    window.kept.remove();
    return window.kept.shadowRoot.querySelectorAll("svg").length;
  });
  assert.equal(left, 0);
  await tab.evaluate(() => document.querySelector("main").append(window.kept));
  await drawn(tab);
  await close();
});

test("hostile_names_stay_text", async () => {
  const hostile = { ...option, xAxis: { type: "category", data: ["<img src=x onerror=alert(1)>", "b", "c"] } };
  const { tab, close } = await open(chart("", hostile));
  await drawn(tab);
  await tab.keyboard.press("Tab");
  await tab.keyboard.press("ArrowRight");
  await tab.waitForFunction(() => document.querySelector("perf-chart").shadowRoot.querySelector(".chart").innerText.includes("onerror"));
  assert.equal(await tab.evaluate(() => document.querySelector("perf-chart").shadowRoot.querySelectorAll("img").length), 0);
  await close();
});
