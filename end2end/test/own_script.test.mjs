/** PerfAlly measures itself with what it gives to others. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { person, PHONE } from '../world/browser.mjs';
import { site } from '../world/process.mjs';
import { measured, told } from '../world/shop.mjs';

for (const [name, device] of [['desktop', {}], ['phone', PHONE]]) {
  test(`the landing page on a ${name} reports its own page view, and the collector takes it`, async (t) => {
    const visitor = await person(t, device);
    const answers = [];
    visitor.context.on('response', (response) => {
      if (new URL(response.url()).pathname === '/api/beacon') answers.push(response);
    });
    await visitor.context.addInitScript(() => {
      window.told = {};
      new PerformanceObserver((list) => list.getEntries().forEach(({ entryType }) => (told[entryType] = (told[entryType] ?? 0) + 1)))
        .observe({ type: 'largest-contentful-paint', buffered: true });
    });
    // Told so by its address, the script sends at once and shows the answer, which a leaving page would not hear.
    await visitor.go('/?perfally_debug');
    await measured(visitor.page);
    await told(visitor.page, 'largest-contentful-paint');
    const answer = answers[0] ?? (await visitor.context.waitForEvent('response', (response) => new URL(response.url()).pathname === '/api/beacon'));
    assert.equal(answer.status(), 202);
    const sent = JSON.parse(answer.request().postData());
    assert.equal(sent.url, `${site}/`);
    assert.equal(sent.dev, name === 'phone' ? 'mobile' : 'desktop');
  });
}
