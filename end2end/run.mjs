/**
 * Starts one server, runs the tests against it, stops it. `node run.mjs [FILE…]` runs these files only.
 * Fails also when the server logged an error, or did not stop in order.
 */

import { spawn } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { start, tail } from './world/process.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const given = process.argv.slice(2);
const files = given.length ? given : readdirSync(join(folder, 'test')).filter((name) => name.endsWith('.test.mjs')).map((name) => join('test', name));

/** The whole run, bounded: whatever hangs, this ends. */
const LIMIT = 15 * 60_000;

const server = await start();
console.log(`PerfAlly is at ${server.url} (process ${server.pid})`);

const tests = spawn(process.execPath, ['--test', '--test-concurrency=2', '--test-timeout=480000', '--test-reporter=spec', ...files], {
  cwd: folder,
  stdio: 'inherit',
  env: { ...process.env, ...server.forTests },
});
const limit = setTimeout(() => tests.kill('SIGTERM'), LIMIT);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => tests.kill('SIGTERM'));
const passed = await new Promise((resolve) => tests.once('close', (code) => resolve(code === 0)));
clearTimeout(limit);

const { code, signal } = await server.stop();
const said = await server.said();
const errors = said.split('\n').filter((line) => line.includes('"level":"ERROR"') || line.includes('panicked at'));
if (errors.length) console.error(`\nThe server logged errors:\n${errors.slice(0, 20).join('\n')}`);
if (code !== 0) console.error(`\nThe server ended with ${code ?? signal} instead of 0:\n${tail(said)}`);
const well = passed && errors.length === 0 && code === 0;
if (well) rmSync(server.log);
else console.error(`\nThe server's log: ${server.log}`);
process.exitCode = well ? 0 : 1;
