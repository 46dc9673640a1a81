/** Waiting for what is true sooner or later; nothing here sleeps for a guessed time. */

import assert from 'node:assert/strict';

/** Longest wait for anything: a busy machine needs seconds, a broken product would wait for ever. */
export const PATIENCE = 30_000;

/** A page that makes way for the next answers nothing; the next one will. */
const asked = async (ask) => {
  try {
    return await ask();
  } catch (error) {
    if (/Execution context was destroyed|Cannot find context/.test(error.message)) return undefined;
    throw error;
  }
};

/** Asks until the answer is truthy, and gives it back. `what`: words, or a function that tells them in the end. */
export const until = async (what, ask, patience = PATIENCE) => {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await asked(ask);
    if (answer) return answer;
    assert.ok(Date.now() < end, `waited ${patience / 1000} s in vain for ${typeof what === 'function' ? what() : what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
