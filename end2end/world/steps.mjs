/** A story in steps: after one that fails, the rest would only wait for what cannot come. */

export const steps = (t) => {
  let failed = false;
  return (name, run) =>
    t.test(name, async (t) => {
      if (failed) return t.skip('a step before it failed');
      failed = true;
      await run(t);
      failed = false;
    });
};
