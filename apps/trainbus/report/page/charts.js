// The charts themselves: one card each, drawn by Chart.js, all on the same horizontal range.

// The user's choices. range: [from, to] on the axis, null: everything.
const view = {
  axis: "step",
  window: 1,
  hidden: new Set(),
  range: null,
  logarithmic: new Set()
};
const cards = [];   // {spec, chart, plot, crosshair, selection, about, log, lines}
let report = null;  // the data

// A run's metric in a chart: its line, hover text and description.
function linesOf(spec) {
  const lines = [];
  report.runs.forEach((run, index) => spec.metrics.forEach((metric) => {
    const series = run.series[metric];
    if (!series) return;
    const raw = pointsOf(run, series, view.axis);
    const smooth = spec.smooth && view.window > 1 ?
        pointsOf(run, smoothed(series, view.window), view.axis) :
        null;
    lines.push({
      run,
      index,
      metric,
      series,
      raw,
      smooth,
      part: spec.metrics.length > 1 ? metric.split("/")[0] : ""
    });
  }));
  return lines;
}

function datasetsOf(lines) {
  const datasets = [];
  for (const line of lines) {
    const colour = runColour(line.index);
    const few = line.raw.length <= 60 && !line.smooth;
    const test = line.part === "test" || line.metric.startsWith("test/");
    const common = {
      hidden: view.hidden.has(line.run.name),
      borderColor: colour,
      backgroundColor: colour,
      borderDash: runDash(line.index),
      borderWidth: 2,
      pointHitRadius: 0,
      spanGaps: false,
      clip: few ? 7 : 1,
      pointStyle: test ? "triangle" : "circle",
      showLine: !test,
      borderJoinStyle: "round"
    };
    // With a smoothed line in front, the raw one is drawn in the background.
    if (line.smooth)
      datasets.push({
        ...common,
        data: line.raw,
        borderColor: colour + "48",
        borderWidth: 1,
        pointRadius: 0,
        order: 2
      });
    datasets.push({
      ...common,
      data: line.smooth || line.raw,
      order: 1,
      pointRadius: test ? 5 :
          few           ? 2.5 :
                          0
    });
  }
  return datasets;
}

function baseOptions() {
  return {
    responsive: true,
    maintainAspectRatio: false,
    animation: false,
    parsing: false,
    normalized: true,
    events: [],  // interaction.js has its own
    plugins: {legend: {display: false}, tooltip: {enabled: false}},
    scales: {
      x: {
        type: "linear",
        ticks: {maxRotation: 0, autoSkipPadding: 16, includeBounds: false},
        title: {display: true}
      },
      y: {type: "linear", ticks: {includeBounds: false, maxTicksLimit: 8}},
    },
  };
}

function setTheme(options) {
  for (const scale of [options.scales.x, options.scales.y]) {
    scale.grid = {color: themeColour("grid"), borderColor: themeColour("line")};
    scale.ticks.color = themeColour("quiet");
    if (scale.title) scale.title.color = themeColour("quiet");
  }
}

// The whole range of the axis over the visible runs.
function fullRange() {
  let least = Infinity, greatest = -Infinity;
  for (const run of report.runs) {
    if (view.hidden.has(run.name)) continue;
    for (const series of Object.values(run.series)) {
      if (series.step.length === 0) continue;
      least = Math.min(least, axes[view.axis].place(run, series.step[0]));
      greatest =
          Math.max(greatest, axes[view.axis].place(run, series.step[series.step.length - 1]));
    }
  }
  if (least > greatest) return [0, 1];
  return least === greatest ? [least, least + 1] : [least, greatest];
}

// The span of a chart's values between from and to, including the nearest points outside, so that a
// line that only crosses the range is visible.
function valueRange(datasets, from, to, logarithmic) {
  let least = Infinity, greatest = -Infinity;
  for (const {data, hidden, showLine} of datasets) {
    if (hidden) continue;
    const first = firstAtLeast(data.map((point) => point.x), from) - (showLine ? 1 : 0);
    for (let i = Math.max(first, 0); i < data.length; ++i) {
      const {x, y} = data[i];
      if (x > to && !showLine) break;
      if (Number.isFinite(y) && !(logarithmic && y <= 0)) {
        least = Math.min(least, y);
        greatest = Math.max(greatest, y);
      }
      if (x > to) break;
    }
  }
  if (least > greatest) return null;
  if (logarithmic) return [least / 1.08, greatest * 1.08];
  // A constant gets a margin, and the axis of non-negative values does not go below zero.
  const room = (greatest - least) * 0.05 || Math.abs(greatest) * 0.1 || 1;
  return [least >= 0 && least - room < 0 ? 0 : least - room, greatest + room];
}

function describeCard(card) {
  const parts = card.lines.filter((line) => !view.hidden.has(line.run.name)).map((line) => {
    const points = (line.smooth || line.raw).filter((point) => Number.isFinite(point.y));
    if (points.length === 0) return `${line.run.name}: no finite value`;
    return `${line.run.name}${line.part ? " " + line.part : ""}: from ${
               formatNumber(points[0].y)} ` +
        `to ${formatNumber(points[points.length - 1].y)} at step ${
               formatNumber(points[points.length - 1].step)}`;
  });
  card.chart.canvas.setAttribute(
      "aria-label", `${card.spec.title} over ${axes[view.axis].title}. ${parts.join("; ")}`);
}

function aboutText(card) {
  const texts = [card.spec.about];
  if (card.spec.id.startsWith("eval-")) {
    const parts = new Set(card.lines.map((line) => line.metric.split("/")[0]));
    texts.push([parts.has("eval") ? "validation: line" : "", parts.has("test") ? "test: ▲" : ""]
                   .filter(Boolean)
                   .join(", "));
  }
  const odd = card.lines.filter((line) => line.series.nonfinite);
  if (odd.length > 0)
    texts.push(
        "not finite: " +
        odd.map(
               (line) => `${line.run.name} ${formatNumber(line.series.nonfinite)}× ` +
                   `from step ${formatNumber(line.series.first_nonfinite)}`)
            .join(", "));
  return texts.filter(Boolean).join(" · ");
}

// Recomputes the points, after a change of the data, the axis or the smoothing.
function loadCard(card) {
  card.lines = linesOf(card.spec);
  card.about.textContent = aboutText(card);
  const positive = card.lines.some((line) => line.raw.some((point) => point.y > 0)) &&
      card.lines.every((line) => line.raw.every((point) => !(point.y <= 0)));
  card.log.hidden = !positive;
  if (!positive) view.logarithmic.delete(card.spec.id);
}

// Recomputes the visible part, after any change.
function showCard(card) {
  const {chart} = card, [from, to] = view.range || fullRange();
  const logarithmic = view.logarithmic.has(card.spec.id);
  chart.data.datasets = datasetsOf(card.lines);
  const {x, y} = chart.options.scales;
  setTheme(chart.options);
  x.min = from;
  x.max = to;
  x.title.text = axes[view.axis].title;
  x.ticks.callback = formatTick;
  const values = valueRange(chart.data.datasets, from, to, logarithmic);
  [y.min, y.max] = values || [undefined, undefined];
  y.type = logarithmic ? "logarithmic" : "linear";
  y.ticks.callback = logarithmic ? formatLogarithmicTick : formatTick;
  card.log.setAttribute("aria-pressed", String(logarithmic));
  chart.update("none");
  describeCard(card);
}

function formatLogarithmicTick(value) {
  const mantissa = Number(value.toExponential().split("e")[0]);
  return [1, 2, 5].includes(mantissa) ? formatTick(value) : "";
}

function addCard(spec, parent) {
  const canvas = element("canvas", {role: "img", tabindex: "0"});
  const crosshair = element("div", {class: "crosshair", hidden: true});
  const selection = element("div", {class: "selection", hidden: true});
  const plot = element("div", {class: "plot"}, canvas, crosshair, selection);
  const about = element("span", {class: "about"});
  const log = element(
      "button",
      {type: "button", class: "log", "aria-pressed": "false", title: "Logarithmic vertical axis"},
      "log");
  parent.append(element(
      "figure", {"data-chart": spec.id},
      element("figcaption", {}, element("h3", {}, spec.title), about, log), plot));
  const chart = new Chart(canvas, {type: "line", data: {datasets: []}, options: baseOptions()});
  const card = {spec, chart, plot, crosshair, selection, about, log, lines: []};
  log.addEventListener("click", () => {
    if (!view.logarithmic.delete(spec.id)) view.logarithmic.add(spec.id);
    showCard(card);
  });
  attachInteraction(card);
  cards.push(card);
  loadCard(card);
  showCard(card);
}

function showAll() {
  cards.forEach(showCard);
}
function loadAll() {
  cards.forEach(loadCard);
  showAll();
}
