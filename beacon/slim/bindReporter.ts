/** Reports a value when it is asked for and has changed, without the rating and the delta, which the server works out. */

interface Reported {
  value: number;
}

export const bindReporter = <M extends Reported>(report: (metric: M) => void, metric: M, always?: boolean) => {
  let last: number | undefined;
  return (force?: boolean): void => {
    if ((force || always) && metric.value >= 0 && metric.value !== last) {
      last = metric.value;
      report(metric);
    }
  };
};
