/* Marking a part of a chart, by dragging or by keys, for whoever wants to look at it closer. */

import type { ECharts } from "echarts/core";

export interface Marking {
  /** Marks from point to point. */
  show(from: number, to: number): void;
  hide(): void;
  end(): void;
}

/** Fewer pixels than this are a click. */
const LEAST = 8;

/** `done` is called with the first and the last marked point. Dragging is the mouse's and the pen's; a finger scrolls the page. */
export function marking(box: HTMLElement, veil: HTMLElement, chart: ECharts, done: (first: number, last: number) => void): Marking {
  const pixel = (point: number) => Number(chart.convertToPixel({ xAxisIndex: 0 }, point));
  const point = (pixel: number) => Math.round(Number(chart.convertFromPixel({ xAxisIndex: 0 }, pixel)));
  const left = (event: PointerEvent) => event.clientX - box.getBoundingClientRect().left;
  let from: number | undefined;

  const paint = (one: number, other: number) => {
    veil.hidden = false;
    veil.style.left = `${Math.min(one, other)}px`;
    veil.style.width = `${Math.max(2, Math.abs(other - one))}px`;
  };
  const hide = () => (veil.hidden = true);

  const down = (event: PointerEvent) => {
    const at = left(event);
    if (event.button !== 0 || event.pointerType === "touch" || !chart.containPixel("grid", [at, box.clientHeight / 2])) return;
    from = at;
  };
  const move = (event: PointerEvent) => {
    if (from === undefined) return;
    if (Math.abs(left(event) - from) < LEAST) return hide();
    box.setPointerCapture(event.pointerId);
    paint(from, left(event));
  };
  const up = (event: PointerEvent) => {
    const [one, other] = [from, left(event)];
    from = undefined;
    if (one === undefined || veil.hidden) return;
    hide();
    const [first, last] = [point(one), point(other)].sort((a, b) => a - b);
    done(first ?? 0, last ?? 0);
  };
  const cancel = () => {
    from = undefined;
    hide();
  };
  box.addEventListener("pointerdown", down);
  box.addEventListener("pointermove", move);
  box.addEventListener("pointerup", up);
  box.addEventListener("pointercancel", cancel);
  box.style.touchAction = "pan-y";

  return {
    show: (one, other) => paint(pixel(one), pixel(other)),
    hide,
    end() {
      box.removeEventListener("pointerdown", down);
      box.removeEventListener("pointermove", move);
      box.removeEventListener("pointerup", up);
      box.removeEventListener("pointercancel", cancel);
    },
  };
}
