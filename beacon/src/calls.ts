/**
 * What a page may say to the script: the words of `perfally(…)`, and the queue
 * that holds them until the script is there. What they do is the caller's.
 */

export interface Perfally {
  (command: 'metric', name: string, value: number): void;
  (command: 'tag', name: string, value: string | number | boolean): void;
  (command: 'pause' | 'resume'): void;
  /** Calls made before the script loaded, put there by the page's stub. */
  q?: ArrayLike<unknown>[];
  /** Set by the script: the site key it collects for. */
  key?: string;
}

declare global {
  interface Window {
    perfally?: Perfally;
  }
}

export type Call = (command: unknown, name?: unknown, value?: unknown) => void;

/** Takes over `window.perfally` and replays what was queued, in order. */
export const takeCalls = (key: string, call: Call): void => {
  const queue = window.perfally?.q;
  const perfally = call as Perfally;
  perfally.key = key;
  window.perfally = perfally;
  // A page may have put anything there; only a queue has a length.
  for (let i = 0; i < (queue?.length ?? 0); i++) {
    call.apply(0, queue![i] as unknown as Parameters<Call>);
  }
};
