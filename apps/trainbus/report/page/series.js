// From a run's series to points on the chosen axis, raw and smoothed.

// The value of a rising curve at x, straight between its points, the ends' values outside.
function interpolate(xs, ys, x) {
  if (xs.length === 0) return 0;
  const i = firstAtLeast(xs, x);
  if (i === 0) return ys[0];
  if (i === xs.length) return ys[xs.length - 1];
  const share = (x - xs[i - 1]) / (xs[i] - xs[i - 1]);
  return ys[i - 1] + share * (ys[i] - ys[i - 1]);
}

// Index of the first element that is not below x; sorted.length if all are.
function firstAtLeast(sorted, x) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < x)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

// The horizontal axes: how a step of a run is placed on each.
const axes = {
  step: {label: "Step", title: "step", place: (run, step) => step},
  seconds: {
    label: "Time",
    title: "seconds of training",
    place: (run, step) => step === 0 ? 0 : interpolate(run.clock.step, run.clock.seconds, step)
  },
  forwards: {
    label: "Forwards",
    title: "forward passes",
    place: (run, step) => step === 0 ? 0 : interpolate(run.clock.step, run.clock.forwards, step)
  },
};

// The exponential moving average over about `window` steps (weight 1 − 1/window), with bias
// correction: s/(1 − weightᵗ) after t steps. Thinned series have the means of ranges, each weighted
// by its number of steps. Values that are not finite are skipped.
function smoothed(series, window) {
  const source = series.means || series;
  const weight = 1 - 1 / window;
  const step = [], value = [];
  let sum = 0, remaining = 1;
  for (let i = 0; i < source.step.length; ++i) {
    if (source.value[i] === null) continue;
    const keep = weight ** (source.count ? source.count[i] : 1);
    sum = keep * sum + (1 - keep) * source.value[i];
    remaining *= keep;
    step.push(source.step[i]);
    value.push(sum / (1 - remaining));
  }
  return {step, value};
}

// The slider's windows, and the default for runs of this length.
const windows = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
function suitableWindow(runs) {
  const steps = Math.max(1, ...runs.map((run) => run.steps || 0));
  const wanted = 1.2 * Math.sqrt(steps);
  return windows.reduce((best, w) => Math.abs(w - wanted) < Math.abs(best - wanted) ? w : best);
}

// As Chart.js takes them; a gap (NaN) where a value is not finite.
function pointsOf(run, series, axis) {
  const place = axes[axis].place;
  return series.step.map(
      (step, i) =>
          ({x: place(run, step), y: series.value[i] === null ? NaN : series.value[i], step}));
}

// The charts of the page, in this order. metrics: names, drawn in one chart; several only for the
// parts of the data on which something is evaluated.
function chartSpecs(runs) {
  const names = new Set(runs.flatMap((run) => Object.keys(run.series)));
  const main = [], more = [];
  const take = (id, title, about, smooth, metrics, list = main) => {
    const there = metrics.filter((name) => names.has(name));
    if (there.length > 0) list.push({id, title, about, smooth, metrics: there});
    metrics.forEach((name) => names.delete(name));
  };
  const constant = (name, value) =>
      runs.every((run) => !run.series[name] || run.series[name].value.every((v) => v === value));

  take("loss", "Training loss", "raw faint, smoothed strong", true, ["loss"]);
  const evaluated =
      [...new Set(
           [...names].filter((name) => /^(eval|test)\//.test(name)).map((name) => name.slice(5)))]
          .filter((suffix) => suffix !== "examples")
          .sort();
  for (const suffix of evaluated)
    take(
        "eval-" + suffix, "Evaluation: " + suffix, "", false, ["eval/" + suffix, "test/" + suffix]);
  take(
      "projected_grad", "Projected gradient", "raw faint, smoothed strong", true,
      ["projected_grad"]);
  take("grad_norm", "Gradient norm", "raw faint, smoothed strong", true, ["grad_norm"]);
  take("lr", "Learning rate", "", false, ["lr"]);
  take("tokens_per_s", "Throughput", "tokens per second", true, ["tokens_per_s"]);

  ["forwards", "eval/examples", "test/examples"].forEach((name) => names.delete(name));
  if (constant("skipped", 0)) names.delete("skipped");
  for (const name of [...names].sort()) take(name, name, "", false, [name], more);
  return {main, more};
}
