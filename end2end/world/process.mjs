/**
 * The real binary, with data of its own in a temporary folder, stopped by its id.
 * One for a whole run: `run.mjs` starts it, and tells the tests where it is by environment.
 */

import { execFile, spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A debug build on a machine that compiles beside it takes its time to start, with a database to make. */
const START = 180_000;
/** The server promises ten seconds. */
const STOP = 20_000;

export const binary = () => {
  const target = process.env.CARGO_TARGET_DIR || join(homedir(), '.cache/perfally/target');
  const named = process.env.PERFALLY_BINARY || process.env.PERFALLY_BIN;
  const found = named || [join(target, 'debug/perfally'), join(root, 'target/debug/perfally')].find(existsSync);
  if (!found || !existsSync(found)) throw new Error(`There is no binary at ${found ?? target}. Build it, or name it in PERFALLY_BINARY.`);
  return found;
};

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** What every command of this run is told; with DATABASE_URL it uses that database. */
const environment = (data, port) => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  ...(process.env.DATABASE_URL && { DATABASE_URL: process.env.DATABASE_URL }),
  ...(process.env.PERFALLY_POSTGRES_BIN && { PERFALLY_POSTGRES_BIN: process.env.PERFALLY_POSTGRES_BIN }),
  PERFALLY_ADDR: `127.0.0.1:${port}`,
  PERFALLY_DATA: data,
  PERFALLY_DEMO: 'on',
  // The sites of these tests are on this machine.
  PERFALLY_EGRESS_ALLOW: 'localhost:*',
  // Tests may speak for visitors from elsewhere.
  PERFALLY_TRUSTED_PROXIES: '127.0.0.1',
  PERFALLY_SITE: process.env.PERFALLY_SITE || join(root, 'target/site'),
  PERFALLY_ASSETS: process.env.PERFALLY_ASSETS || join(root, 'target/assets'),
  RUST_BACKTRACE: '1',
});

/** Starts the server; settles when it is ready. */
export const start = async () => {
  const program = binary();
  const data = await mkdtemp(join(tmpdir(), 'perfally-end2end-'));
  // Where the tests run as root, PostgreSQL runs as another user, who must be able to pass here.
  await chmod(data, 0o711);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = environment(data, port);
  const log = `${data}.log`;
  const out = openSync(log, 'w');
  const child = spawn(program, ['serve'], { env, stdio: ['ignore', out, out] });
  let ended;
  const end = new Promise((resolve) => child.once('close', (code, signal) => resolve((ended = { code, signal }))));

  const stop = async () => {
    const late = setTimeout(() => child.kill('SIGKILL'), STOP);
    if (!ended) child.kill('SIGTERM');
    const how = await end;
    clearTimeout(late);
    await rm(data, { recursive: true, force: true });
    return how;
  };
  const said = async () => readFile(log, 'utf8');

  try {
    await until(
      'the server to be ready',
      async () => {
        if (ended) throw new Error(`The server ended with ${ended.code ?? ended.signal} at its start.`);
        return fetch(`${url}/readyz`).then((answer) => answer.ok, () => false);
      },
      START,
    );
    // Making four weeks of visitors keeps both cores busy; what the tests time should not depend on it.
    await until('the demo to be made', async () => (await said()).includes('"the demo is ready"'), START);
  } catch (error) {
    await stop();
    throw new Error(`${error.message}\n${tail(await said())}`);
  }
  return { url, data, log, pid: child.pid, stop, said, forTests: { PERFALLY_URL: url, END2END_SERVER: JSON.stringify(env) } };
};

export const tail = (text, lines = 40) => text.trimEnd().split('\n').slice(-lines).join('\n');

/** Runs `perfally admin …` beside the server of this run; tells what it printed. */
export const admin = async (words, input = '') => {
  const env = JSON.parse(process.env.END2END_SERVER);
  return new Promise((resolve, reject) => {
    const child = execFile(binary(), ['admin', ...words], { env, timeout: 60_000 }, (error, stdout, stderr) =>
      error ? reject(new Error(`perfally admin ${words.join(' ')}: ${stderr || error.message}`)) : resolve(JSON.parse(stdout)),
    );
    child.stdin.end(input);
  });
};

/** Where the server is, in a test's process. */
export const site = process.env.PERFALLY_URL;
export const dataFolder = () => JSON.parse(process.env.END2END_SERVER).PERFALLY_DATA;
