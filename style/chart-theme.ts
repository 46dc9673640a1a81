/* The look of the page as the chart library takes it: tokens as colours, and what all charts have in common. */

const pixel = document.createElement("canvas");
pixel.width = pixel.height = 1;
const paint = pixel.getContext("2d", { willReadFrequently: true });

/** Any CSS colour in the one notation that the chart library reads. */
function rgba(color: string): string {
  if (color.startsWith("rgb")) return color;
  const srgb = /^color\(srgb ([\d.e-]+) ([\d.e-]+) ([\d.e-]+)(?: \/ ([\d.e-]+))?\)$/.exec(color);
  if (srgb) {
    const [r, g, b] = [1, 2, 3].map((at) => Math.round(Math.min(1, Math.max(0, Number(srgb[at]))) * 255));
    return `rgba(${r},${g},${b},${srgb[4] ?? 1})`;
  }
  if (!paint) return color;
  paint.clearRect(0, 0, 1, 1);
  paint.fillStyle = color;
  paint.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = paint.getImageData(0, 0, 1, 1).data as unknown as [number, number, number, number];
  return `rgba(${r},${g},${b},${(a / 255).toFixed(3)})`;
}

export class Palette {
  readonly #style: CSSStyleDeclaration;
  readonly #seen = new Map<string, string>();

  constructor(
    readonly host: Element,
    readonly probe: HTMLElement,
  ) {
    this.#style = getComputedStyle(host);
  }

  get font(): string {
    return this.#style.fontFamily;
  }

  resolve(text: string): string {
    let found = this.#seen.get(text);
    if (found === undefined) {
      this.probe.style.color = "";
      this.probe.style.color = text;
      // With var() inside, a browser takes anything at first and finds out when it computes; then the colour is inherited.
      const computed = getComputedStyle(this.probe).color;
      const plain = text.replace(/var\((--[\w-]+)\s*(?:,([^()]*))?\)/g, (_, name: string, other?: string) =>
        (this.#style.getPropertyValue(name) || other || "").trim(),
      );
      found = CSS.supports("color", plain) ? rgba(computed) : plain;
      this.#seen.set(text, found);
    }
    return found;
  }

  token(name: string): string {
    return this.resolve(`var(--color-${name})`);
  }
}

export function theme(palette: Palette) {
  const text = palette.token("base-content");
  const muted = palette.token("muted");
  const line = palette.token("line");
  const surface = palette.token("base-100");
  const axis = {
    axisLine: { lineStyle: { color: line } },
    axisTick: { show: false },
    axisLabel: { color: muted, fontSize: 12, hideOverlap: true },
    splitLine: { lineStyle: { color: line, opacity: 0.7 } },
    nameTextStyle: { color: muted, fontSize: 12 },
  };
  const bare = { ...axis, splitLine: { show: false } };
  return {
    color: [1, 2, 3, 4, 5].map((n) => palette.token(`series-${n}`)),
    backgroundColor: "transparent",
    animation: false,
    textStyle: { fontFamily: palette.font, fontSize: 12, color: text },
    grid: { left: 0, right: 12, top: 12, bottom: 0, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    valueAxis: { ...axis, axisLine: { show: false }, splitNumber: 4 },
    logAxis: { ...axis, axisLine: { show: false } },
    categoryAxis: { ...bare, boundaryGap: true },
    timeAxis: bare,
    line: { showSymbol: false, symbol: "circle", symbolSize: 6, smooth: false, lineStyle: { width: 2, cap: "round", join: "round" } },
    bar: { barMaxWidth: 32, itemStyle: { borderRadius: [2, 2, 0, 0] } },
    scatter: { symbolSize: 6 },
    markLine: { symbol: "none", silent: false, lineStyle: { color: muted, type: "dashed", width: 1 }, label: { color: muted, fontSize: 12 } },
    markArea: { silent: true, label: { color: muted, fontSize: 12 } },
    legend: { icon: "roundRect", itemWidth: 10, itemHeight: 10, itemGap: 14, textStyle: { color: muted, fontSize: 12 }, inactiveColor: line },
    tooltip: {
      confine: true,
      transitionDuration: 0,
      backgroundColor: surface,
      borderColor: line,
      borderWidth: 1,
      padding: [8, 10],
      textStyle: { color: text, fontSize: 12, fontFamily: palette.font },
      extraCssText: "border-radius:6px;box-shadow:0 4px 16px rgb(0 0 0/.12);font-variant-numeric:tabular-nums;max-width:min(20rem,90%);white-space:normal",
      axisPointer: { lineStyle: { color: muted, width: 1, type: "solid" }, crossStyle: { color: muted } },
    },
    axisPointer: { lineStyle: { color: muted, width: 1, type: "solid" }, label: { backgroundColor: muted, color: surface } },
    visualMap: { textStyle: { color: muted, fontSize: 12 } },
    dataZoom: {
      borderColor: line,
      fillerColor: palette.resolve("color-mix(in srgb, var(--color-primary) 14%, transparent)"),
      handleStyle: { color: surface, borderColor: muted },
      moveHandleStyle: { color: line },
      dataBackground: { lineStyle: { color: line }, areaStyle: { color: line } },
      selectedDataBackground: { lineStyle: { color: muted }, areaStyle: { color: line } },
      textStyle: { color: muted, fontSize: 12 },
    },
  };
}
