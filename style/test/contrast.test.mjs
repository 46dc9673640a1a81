// Holds the themes to WCAG AA: text 4.5:1, marks and bars 3:1.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync(new URL("../themes.css", import.meta.url), "utf8");
const themes = Object.fromEntries(
  [...css.matchAll(/name: "(\w+)";([\s\S]*?)\n}/g)].map(([, name, body]) => [
    name,
    Object.fromEntries([...body.matchAll(/--color-([\w-]+): (#[0-9a-f]{6});/g)].map(([, token, value]) => [token, value])),
  ]),
);

function luminance(hex) {
  const [r, g, b] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const ratings = ["good", "needs-improvement", "poor"];

for (const [name, theme] of Object.entries(themes)) {
  const holds = (text, ground, least) => {
    const ratio = contrast(theme[text], theme[ground]);
    assert.ok(ratio >= least, `${name}: ${text} ${theme[text]} on ${ground} ${theme[ground]} is ${ratio.toFixed(2)}, below ${least}`);
  };

  test(`text_is_legible_in_the_${name}_theme`, () => {
    for (const ground of ["base-100", "base-200", "base-300"]) {
      holds("base-content", ground, 7);
      holds("muted", ground, 4.5);
    }
    for (const text of ["primary", "info", ...ratings]) {
      holds(text, "base-100", 4.5);
      holds(text, "base-200", 4.5);
    }
    for (const rating of ratings) holds(rating, `${rating}-soft`, 4.5);
    holds("primary", "accent-soft", 4.5);
    for (const ground of ["primary", "accent", "secondary", "neutral", "info", "success", "warning", "error"])
      holds(`${ground}-content`, ground, 4.5);
  });

  test(`bars_and_lines_stand_out_in_the_${name}_theme`, () => {
    for (const rating of ratings) holds(`${rating}-fill`, "base-100", 3);
    for (const n of [1, 2, 3, 4, 5]) holds(`series-${n}`, "base-100", 3);
  });
}

test("both_themes_have_the_same_tokens", () => {
  assert.deepEqual(Object.keys(themes), ["light", "dark"]);
  assert.deepEqual(Object.keys(themes.light), Object.keys(themes.dark));
});
