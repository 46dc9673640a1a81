/* <perf-chart>: a chart drawn from data alone.

   <perf-chart label="LCP at the 75th percentile, last 28 days" option='{"xAxis":…,"series":…}' group="overview" table="lcp-table">
     …shown until the chart is drawn, and without scripts…
   </perf-chart>

   option  ECharts' option as JSON. Functions cannot be sent, so two kinds of string stand for what JSON cannot say:
           · a colour may name tokens: "var(--color-good-fill)", or any CSS around them, such as
             "color-mix(in srgb, var(--color-good-fill) 12%, transparent)". Resolved on this element, anew when the theme changes.
           · where ECharts takes a formatter (`formatter`, `valueFormatter`), "@ms" "@cls" "@count" "@number" "@share" "@percent" "@bytes"
             name ours (see formatters in chart.ts); ECharts' own templates ("{value} ms") work too.
           Text from visitors belongs in names and data, which are escaped, never in a template.
           Fonts, axes, grid lines, tooltip, series colours and "no animation" are set already; say only what differs.
   label   what the chart shows, in words, for those who cannot see it.
   group   charts of one group share their crosshair, and their zoom.
   table   id of the same figures as a table; pressing T on the chart opens it (<details>, or anything that is `hidden`) and goes there.
   file    what a file of the chart is called: a menu in the corner gives it as PNG, SVG, and its table as CSV.
   zoom    there where a part of the chart can be marked: by dragging, by Shift with the arrow keys and Enter, or by Ctrl and the wheel.
           What marking leads to is the page's; see `public/page.js`.
   size    spark, strip, small or large; none is 16rem. Or set `--chart-height`. The room is reserved by CSS before any script runs.

   Arrow keys move the crosshair (up and down in a heat map, too), Escape takes it away. It says (as bubbling events):
   perf-chart-zoom  detail { startValue, endValue }                after the reader has zoomed: the first and the last point
   perf-chart-pick  detail { series, name, value, index }          on a click or tap on a point, bar, cell or mark

   Change an attribute and the chart follows, keeping its zoom; remove the element and all is freed.
   This file only waits until a chart is near the viewport and then loads chart.js, which stands beside it. */

import type { draw, Drawing } from "./chart";

let library: Promise<{ draw: typeof draw }> | undefined;

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) void (target as PerfChart).wake();
    }
  },
  { rootMargin: "400px" },
);

class PerfChart extends HTMLElement {
  static observedAttributes = ["option", "label", "group", "file", "zoom"];

  #drawing: Drawing | undefined;
  #due = false;

  connectedCallback() {
    near.observe(this);
  }

  disconnectedCallback() {
    near.unobserve(this);
    this.#drawing?.end();
    this.#drawing = undefined;
  }

  attributeChangedCallback() {
    if (!this.#drawing || this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      this.#drawing?.update();
    });
  }

  async wake() {
    near.unobserve(this);
    // A name that the bundler cannot see through: the library stays a file of its own.
    library ??= import(new URL("./chart.js", import.meta.url).href);
    try {
      const { draw } = await library;
      if (this.isConnected && !this.#drawing) this.#drawing = draw(this);
    } catch (error) {
      // The next chart, or this one when it comes back, may have more luck with the network.
      library = undefined;
      console.error("The chart could not be drawn", error);
    }
  }
}

if (!customElements.get("perf-chart")) customElements.define("perf-chart", PerfChart);
