/* What <perf-chart> draws with: the parts of ECharts that we use, and nothing that needs eval.
   The element itself, and how a page speaks to it, stand in chart-loader.ts. */

import { BarChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import {
  DatasetComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  MarkPointComponent,
  TooltipComponent,
  VisualMapComponent,
} from "echarts/components";
import { connect, init, use, type ECharts, type EChartsCoreOption } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { KINDS, save, type Kind } from "./chart-files";
import { Palette, theme } from "./chart-theme";
import { marking } from "./chart-zoom";

use([
  BarChart,
  HeatmapChart,
  LineChart,
  ScatterChart,
  DatasetComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  MarkPointComponent,
  TooltipComponent,
  VisualMapComponent,
  SVGRenderer,
]);

export interface Drawing {
  /** The element's attributes have changed. */
  update(): void;
  end(): void;
}

// --- Numbers as words ---

const locale = document.documentElement.lang || "en";
const digits = (most: number) => new Intl.NumberFormat(locale, { maximumFractionDigits: most });
const whole = digits(0);
const tenths = digits(1);
const hundredths = digits(2);
const thousandths = digits(3);
const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });

const formatters: Record<string, (value: number) => string> = {
  /** Milliseconds, as seconds once there is one. */
  "@ms": (v) =>
    Math.abs(v) >= 60_000
      ? `${tenths.format(v / 60_000)} min`
      : Math.abs(v) >= 1000
        ? `${hundredths.format(v / 1000)} s`
        : `${whole.format(v)} ms`,
  "@cls": (v) => thousandths.format(v),
  "@count": (v) => (Math.abs(v) >= 10_000 ? compact.format(v) : whole.format(v)),
  /** Of a unit that nobody told. */
  "@number": (v) => (Math.abs(v) >= 10_000 ? compact : Math.abs(v) >= 100 ? whole : Math.abs(v) >= 1 ? hundredths : thousandths).format(v),
  /** A share between 0 and 1. */
  "@share": (v) => `${tenths.format(v * 100)} %`,
  /** A share between 0 and 100. */
  "@percent": (v) => `${tenths.format(v)} %`,
  "@bytes": (v) =>
    Math.abs(v) >= 1e6 ? `${tenths.format(v / 1e6)} MB` : Math.abs(v) >= 1000 ? `${tenths.format(v / 1000)} kB` : `${whole.format(v)} B`,
};

/** ECharts calls a formatter with a value, or with what it knows of a data item. */
function formatter(name: string) {
  const format = formatters[name];
  return (given: unknown): string => {
    let value: unknown = given;
    if (value !== null && typeof value === "object" && !Array.isArray(value)) value = (value as { value?: unknown }).value;
    if (Array.isArray(value)) value = value[value.length - 1];
    if (value === null || value === undefined || value === "" || value === "-") return "no data";
    const number = Number(value);
    return format && Number.isFinite(number) ? format(number) : String(value);
  };
}

/** The option with its strings resolved; see chart-loader.ts for what they may say. */
function resolved(value: unknown, palette: Palette, key = ""): unknown {
  if (typeof value === "string") {
    if (value.startsWith("@") && /formatter$/i.test(key) && value in formatters) return formatter(value);
    return value.includes("var(--") ? palette.resolve(value) : value;
  }
  if (Array.isArray(value)) {
    // Long rows of numbers are the bulk of an option, and hold nothing to resolve.
    return typeof value[0] === "number" ? value : value.map((item) => resolved(item, palette, key));
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, resolved(item, palette, name)]));
  }
  return value;
}

// --- The page's theme, watched once for all charts ---

const drawings = new Set<{ repaint(): void; fit(width: number | "auto"): void }>();
const repaint = () => drawings.forEach((drawing) => drawing.repaint());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme", "class", "style"] });

// --- Paper: white whatever the theme, and narrower than a screen ---

/** What A4 and Letter have room for between their margins, in CSS pixels. */
const PAPER = 660;

let themeOfScreen: string | undefined;
addEventListener("beforeprint", () => {
  themeOfScreen = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
  drawings.forEach((drawing) => (drawing.fit(PAPER), drawing.repaint()));
});
addEventListener("afterprint", () => {
  if (themeOfScreen === undefined) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = themeOfScreen;
  drawings.forEach((drawing) => (drawing.fit("auto"), drawing.repaint()));
});

// --- Drawing ---

const style = `
:host{position:relative}
.chart{position:absolute;inset:0;border-radius:4px}
:focus-visible{outline:2px solid var(--color-primary);outline-offset:-2px}
.probe{display:none}
.veil{position:absolute;top:0;bottom:0;pointer-events:none;background:color-mix(in srgb,var(--color-primary) 16%,transparent);border-inline:1px solid var(--color-primary)}
[hidden]{display:none}
.files{position:absolute;top:0;right:0;font-size:12px;opacity:0}
:host(:hover) .files,.files:focus-within,.files[open]{opacity:1}
@media (hover:none){.files{opacity:1}}
.files summary{display:grid;place-items:center;width:28px;height:28px;border-radius:6px;cursor:pointer;list-style:none;color:var(--color-muted);background:var(--color-base-100);border:1px solid var(--color-line)}
.files summary::-webkit-details-marker{display:none}
.files div{position:absolute;top:0;right:32px;display:flex;border-radius:6px;background:var(--color-base-100);border:1px solid var(--color-line);box-shadow:0 4px 16px rgb(0 0 0/.12)}
.files button{font:inherit;border:0;background:none;color:var(--color-base-content);padding:0 10px;height:28px;cursor:pointer;border-radius:6px}
.files button:hover{background:var(--color-base-300)}`;

const frame = `<div class="chart" role="img" tabindex="0"></div><div class="veil" hidden></div>
<details class="files"><summary aria-label="Download" title="Download"><svg width="14" height="14" viewBox="0 0 14 14" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true"><path d="M7 1v8M3.5 6 7 9.5 10.5 6M1.5 12.5h11"/></svg></summary>
<div role="group" aria-label="Download as">${KINDS.map((kind) => `<button type="button" value="${kind}">${kind.toUpperCase()}</button>`).join("")}</div></details><i class="probe"></i>`;

/** Parts that an update replaces whole. Zoom is not among them: what the reader has chosen stays. */
const replaced = ["series", "xAxis", "yAxis", "grid", "legend", "visualMap", "dataset"];

export function draw(host: HTMLElement): Drawing {
  // In a shadow, so that the page's own tree stays as the server sent it and can be hydrated at any time.
  const shadow = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  shadow.innerHTML = `<style>${style}</style>${frame}`;
  const box = shadow.querySelector<HTMLElement>(".chart")!;
  const probe = shadow.querySelector<HTMLElement>(".probe")!;
  const files = shadow.querySelector<HTMLDetailsElement>(".files")!;

  let palette = new Palette(host, probe);
  const chart: ECharts = init(box, theme(palette), { renderer: "svg" });
  let points = 0;
  /** Points of a row, where they stand in rows. */
  let row = 0;
  let at = -1;
  /** Where marking by keys began. */
  let anchor = -1;
  let zoom: string | null = null;

  function update() {
    let option: Record<string, unknown>;
    try {
      option = JSON.parse(host.getAttribute("option") || "{}") as Record<string, unknown>;
    } catch (error) {
      console.error("<perf-chart> has an option that is not JSON", error);
      return;
    }
    box.setAttribute("aria-label", host.getAttribute("label") ?? "Chart");
    const group = host.getAttribute("group");
    if (group && chart.group !== group) {
      chart.group = group;
      connect(group);
    } else if (!group && chart.group) {
      chart.group = "";
    }
    chart.setOption(resolved(option, palette) as EChartsCoreOption, { replaceMerge: replaced });
    const series = ([] as unknown[]).concat(option.series ?? [])[0] as { type?: string; data?: unknown[] } | undefined;
    points = series?.data?.length ?? 0;
    row = series?.type === "heatmap" ? ((option.xAxis as { data?: unknown[] })?.data?.length ?? 0) : 0;
    files.hidden = !host.hasAttribute("file");
    // Another part of the whole is looked at: all of it.
    if (host.getAttribute("zoom") !== zoom) {
      zoom = host.getAttribute("zoom");
      if (option.dataZoom) chart.dispatchAction({ type: "dataZoom", start: 0, end: 100 });
    }
  }

  function point(index: number) {
    at = Math.min(points - 1, Math.max(0, index));
    chart.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: at });
  }

  function unmark() {
    anchor = -1;
    marks.hide();
  }

  /** Moves the crosshair; with Shift, marks from where it was. */
  function go(to: number, marked: boolean) {
    if (!marked || !zoom) unmark();
    else if (anchor < 0) anchor = at < 0 ? to : at;
    point(to);
    if (anchor >= 0) marks.show(anchor, at);
  }

  const say = (name: string, detail: unknown) => host.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  const zoomTo = (one: number, other: number) => {
    const [startValue, endValue] = [Math.min(one, other), Math.max(one, other)].map((to) => Math.min(points - 1, Math.max(0, to)));
    say("perf-chart-zoom", { startValue, endValue });
  };
  const marks = marking(box, shadow.querySelector<HTMLElement>(".veil")!, chart, (first, last) => {
    if (zoom) zoomTo(first, last);
  });

  box.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const by = event.shiftKey;
    if (event.key === "ArrowRight") go(at + 1, by);
    else if (event.key === "ArrowLeft") go(at < 0 ? points - 1 : at - 1, by);
    else if (event.key === "ArrowDown" && row) go(at < 0 ? 0 : at + row < points ? at + row : at, false);
    else if (event.key === "ArrowUp" && row) go(at < 0 ? 0 : at >= row ? at - row : at, false);
    else if (event.key === "Home") go(0, by);
    else if (event.key === "End") go(points - 1, by);
    else if (event.key === "Enter" && zoom && at >= 0) {
      zoomTo(anchor < 0 ? at : anchor, at);
      unmark();
    } else if (event.key === "Escape") {
      unmark();
      chart.dispatchAction({ type: "hideTip" });
    } else if (event.key !== "t" || !openTable(host)) return;
    event.preventDefault();
  });
  box.addEventListener("blur", () => {
    at = -1;
    unmark();
    chart.dispatchAction({ type: "hideTip" });
  });

  files.addEventListener("click", (event) => {
    const button = (event.target as Element).closest("button");
    if (!button) return;
    files.open = false;
    void save(button.value as Kind, host, box, palette.token("base-100"));
  });
  files.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !files.open) return;
    files.open = false;
    files.querySelector("summary")?.focus();
  });
  files.addEventListener("focusout", (event) => {
    if (event.relatedTarget instanceof Node && !files.contains(event.relatedTarget)) files.open = false;
  });

  chart.on("click", (picked) =>
    say("perf-chart-pick", { series: picked.seriesName, name: picked.name, value: picked.value, index: picked.dataIndex }),
  );
  let settling = 0;
  chart.on("datazoom", () => {
    clearTimeout(settling);
    settling = window.setTimeout(() => {
      if (chart.isDisposed()) return;
      const [range] = (chart.getOption() as { dataZoom?: Record<string, unknown>[] }).dataZoom ?? [];
      if (range) zoomTo(Number(range.startValue), Number(range.endValue));
    }, 200);
  });

  const resized = new ResizeObserver(() => {
    if (box.clientWidth !== chart.getWidth() || box.clientHeight !== chart.getHeight()) chart.resize();
  });
  resized.observe(box);

  const drawing = {
    fit(width: number | "auto") {
      const room = box.clientWidth;
      chart.resize({ width: width === "auto" ? width : Math.min(width, room) });
    },
    repaint() {
      palette = new Palette(host, probe);
      chart.setTheme(theme(palette));
      update();
    },
  };
  drawings.add(drawing);
  update();

  return {
    update,
    end() {
      drawings.delete(drawing);
      marks.end();
      clearTimeout(settling);
      resized.disconnect();
      chart.dispose();
      shadow.innerHTML = "<slot></slot>";
    },
  };
}

function openTable(host: HTMLElement): boolean {
  const table = document.getElementById(host.getAttribute("table") ?? "");
  if (!table) return false;
  if (table instanceof HTMLDetailsElement) table.open = true;
  table.hidden = false;
  const target = table.querySelector<HTMLElement>("summary, table, [tabindex]") ?? table;
  if (target.tabIndex < 0) target.tabIndex = -1;
  target.focus();
  return true;
}
