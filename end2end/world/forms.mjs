/** What a form says about what was typed. */

import assert from 'node:assert/strict';
import { until } from './until.mjs';

/** The words at a field that was refused, once they are there; they must be tied to it for readers aloud. */
export const refusal = async (page, label, within = page.getByRole('main')) => {
  const field = within.getByLabel(label, { exact: true });
  const words = await until(`a refusal at "${label}"`, async () => {
    if ((await field.getAttribute('aria-invalid').catch(() => null)) !== 'true') return null;
    const described = await field.getAttribute('aria-describedby');
    const texts = await Promise.all((described ?? '').split(' ').filter(Boolean).map((id) => page.locator(`[id="${id}"]`).innerText()));
    return texts.join(' ').trim();
  });
  assert.match(words, /[.!?]$/, 'a refusal is a sentence');
  return words;
};
