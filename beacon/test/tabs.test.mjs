/**
 * Tabs that are hidden, brought back, opened in the background or prerendered. A driver keeps every page it holds
 * visible, so here the browser runs alone and tabs are switched from outside; the beacons are the only witness.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CHROME, FLAGS, until, world } from './world.mjs';

const w = world(false);
let chrome;
let profile;
let port;

const tabs = async (command) => {
  const answer = await fetch(`http://127.0.0.1:${port}/json/${command}`, { method: 'PUT' });
  assert.ok(answer.ok, command);
  return answer.text();
};
const open = async (path, content) => {
  w.pages.set(path, content);
  return JSON.parse(await tabs(`new?${w.site}${path}`)).id;
};

before(async () => {
  profile = await mkdtemp(join(tmpdir(), 'beacon-tabs-'));
  chrome = spawn(
    CHROME,
    [...FLAGS, '--remote-debugging-port=0', `--user-data-dir=${profile}`, '--disable-popup-blocking', 'about:blank'],
    { stdio: 'ignore' },
  );
  port = await until('the browser', async () => (await readFile(join(profile, 'DevToolsActivePort'), 'utf8').catch(() => '')).split('\n')[0]);
});

after(async () => {
  chrome.kill();
  await once(chrome, 'exit');
  await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

const loaded = (name) => `<script>addEventListener('load', () => setTimeout(() => fetch('/reported', { method: 'POST', body: '{"name":"${name}"}' }), 300))</script>`;
const seen = (name) => until(name, () => w.reported.some((m) => m.name === name));

test('a tab that is hidden, seen again and hidden again reports twice under one id, growing', async () => {
  const tab = await open(
    '/grow',
    `<h1>grow</h1>${w.tag()}${loaded('grown')}<script>
      let times = 0;
      document.addEventListener('visibilitychange', () => {
        if (document.visibilityState === 'visible' && ++times === 2) perfally('metric', 'back_again', 1);
      });
    </script>`,
  );
  await seen('grown');
  const other = await open('/other', `<title>other</title>${loaded('other')}`);
  const first = await w.beacon('the first hiding', (b) => b.seq === 1);
  assert.ok(first.vitals.lcp > 0 && first.vitals.cls === 0);
  await seen('other');
  for (let round = 0; round < 2; round++) {
    await tabs(`activate/${tab}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await tabs(`activate/${other}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const second = await w.beacon('the hiding after the change', (b) => b.metrics.back_again);
  assert.equal(second.id, first.id);
  assert.equal(second.seq, 2, 'the round without a change sent nothing');
  assert.equal(second.vitals.lcp, first.vitals.lcp);
  await tabs(`close/${tab}`);
  await tabs(`close/${other}`);
});

test('a page opened in the background reports itself, without paints', async () => {
  w.pages.set('/background', `<h1>background</h1>${w.tag()}`);
  const opener = await open(
    '/opener',
    `<title>opener</title><script>
      const blank = open('/blank');
      document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') blank.location = '/background' });
      document.addEventListener('visibilitychange', () => fetch('/reported', { method: 'POST', body: '{"name":"covered"}' }));
    </script>`,
  );
  await seen('covered');
  await tabs(`activate/${opener}`);
  const beacon = await w.beacon('the background page', (b) => b.url.endsWith('/background') && b.vitals.ttfb !== undefined);
  assert.equal(beacon.vitals.lcp, undefined);
  assert.equal(beacon.vitals.fcp, undefined);
  await tabs(`close/${opener}`);
});

test('a prerendered page says nothing until it is opened, and counts from then', async () => {
  w.pages.set('/next', `<h1>next</h1>${w.tag()}<script>
    performance.mark('perfally:early');
    document.addEventListener('prerenderingchange', () => setTimeout(() => location.href = '/elsewhere', 500));
  </script>${loaded('prerendered')}`);
  const tab = await open(
    '/start',
    `<title>start</title><script type="speculationrules">{"prerender":[{"urls":["/next"],"eagerness":"immediate"}]}</script>
     <script>setTimeout(() => location.href = '/next', 2500)</script>`,
  );
  await seen('prerendered');
  assert.deepEqual(w.beacons, [], 'nothing before the page is opened');
  const beacon = await w.beacon('the opened page');
  assert.equal(beacon.nav, 'prerender');
  assert.equal(beacon.vitals.ttfb, 0);
  assert.ok(beacon.vitals.fcp < 1000, `${beacon.vitals.fcp} is counted from the opening`);
  assert.equal(beacon.metrics.early, 0);
  await tabs(`close/${tab}`);
});
