/* A chart as a file: as it is drawn (PNG, SVG), or its figures (CSV) as its table tells them. */

export type Kind = "png" | "svg" | "csv";
export const KINDS: Kind[] = ["png", "svg", "csv"];

/** Pixels of a PNG for one of the page: enough for print. */
const SHARPNESS = 2;

/** Makes the file and hands it to the browser; `surface` is what the chart stands on. */
export async function save(kind: Kind, host: HTMLElement, box: HTMLElement, surface: string): Promise<void> {
  const blob = kind === "csv" ? table(host) : kind === "svg" ? picture(host, box, surface) : await pixels(picture(host, box, surface), box);
  if (!blob) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${host.getAttribute("file") || "chart"}.${kind}`;
  link.click();
  // Not at once: the browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function picture(host: HTMLElement, box: HTMLElement, surface: string): Blob | undefined {
  const drawn = box.querySelector("svg");
  if (!drawn) return;
  const svg = drawn.cloneNode(true) as SVGSVGElement;
  const [width, height] = [box.clientWidth, box.clientHeight];
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("width", String(width));
  svg.setAttribute("height", String(height));
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const made = (name: string) => document.createElementNS("http://www.w3.org/2000/svg", name);
  const title = made("title");
  title.textContent = host.getAttribute("label");
  const ground = made("rect");
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  ground.setAttribute("fill", surface);
  svg.prepend(title, ground);
  return new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" });
}

async function pixels(svg: Blob | undefined, box: HTMLElement): Promise<Blob | undefined> {
  if (!svg) return;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(await svg.text())}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = box.clientWidth * SHARPNESS;
  canvas.height = box.clientHeight * SHARPNESS;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob((blob) => done(blob ?? undefined), "image/png"));
}

function table(host: HTMLElement): Blob | undefined {
  const rows = document.getElementById(host.getAttribute("table") ?? "")?.querySelectorAll("tr");
  if (!rows?.length) return;
  const lines = [...rows].map((row) => [...row.cells].map((cell) => field(cell.textContent ?? "")).join(","));
  // The mark at the beginning tells spreadsheets that it is UTF-8.
  return new Blob([`\ufeff${lines.join("\r\n")}\r\n`], { type: "text/csv;charset=utf-8" });
}

/** A cell that no spreadsheet takes for a formula: releases and notes are strangers' text. */
export function field(text: string): string {
  const plain = text.replace(/\u00a0/g, " ").replace(/^[ \n]+|[ \n]+$/g, "");
  const safe = /^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
