// Zoom and hover: a selection on any chart zooms all, a pointer over any is marked in all.

const drag = {
  card: null,
  from: 0
};  // start of a selection, in pixels of its chart

function xOfEvent(card, event) {
  const {left} = card.chart.canvas.getBoundingClientRect();
  const {chartArea} = card.chart;
  return Math.min(Math.max(event.clientX - left, chartArea.left), chartArea.right);
}

function valueAt(card, pixel) {
  return card.chart.scales.x.getValueForPixel(pixel);
}

function setRange(range) {
  const [least, greatest] = fullRange();
  if (range) {
    const from = Math.max(least, range[0]), to = Math.min(greatest, range[1]);
    range = to > from && (from > least || to < greatest) ? [from, to] : null;
  }
  view.range = range;
  byId("reset").disabled = range === null;
  hideHover();
  showAll();
}

function showSelection(card, from, to) {
  const {chartArea} = card.chart;
  Object.assign(card.selection.style, {
    left: Math.min(from, to) + "px",
    width: Math.abs(to - from) + "px",
    top: chartArea.top + "px",
    height: chartArea.bottom - chartArea.top + "px"
  });
  card.selection.hidden = false;
}

// The point of a line that is nearest to x, among those with a value.
function nearestPoint(points, x) {
  let best = null;
  const at = firstAtLeast(points.map((point) => point.x), x);
  for (let i = Math.max(0, at - 2); i < Math.min(points.length, at + 2); ++i)
    if (best === null || Math.abs(points[i].x - x) < Math.abs(best.x - x)) best = points[i];
  return best;
}

function tipRow(line, x) {
  const raw = nearestPoint(line.raw, x), strong = line.smooth && nearestPoint(line.smooth, x);
  if (!raw) return null;
  const value = Number.isFinite(raw.y) ? formatNumber(raw.y, 5) : "not finite";
  const name = line.run.name + (line.part ? " " + line.part : "");
  const step =
      view.axis === "step" && Math.abs(raw.x - x) < 0.5 ? null : "step " + formatNumber(raw.step);
  return element(
      "tr", {}, element("td", {}, swatch(line.index), name),
      element(
          "td", {class: "number"},
          element("strong", {}, strong ? formatNumber(strong.y, 5) : value)),
      element("td", {class: "number"}, strong ? "raw " + value : ""),
      element("td", {class: "number default"}, step || ""));
}

function showHover(card, x, event) {
  for (const {chart, crosshair} of cards) {
    const {chartArea, scales} = chart, pixel = scales.x.getPixelForValue(x);
    crosshair.hidden = pixel < chartArea.left || pixel > chartArea.right;
    Object.assign(crosshair.style, {
      left: pixel + "px",
      top: chartArea.top + "px",
      height: chartArea.bottom - chartArea.top + "px"
    });
  }
  const rows = card.lines.filter((line) => !view.hidden.has(line.run.name))
                   .map((line) => tipRow(line, x))
                   .filter(Boolean);
  const tip = byId("tip");
  const place = view.axis === "seconds" ?
      formatDuration(x) :
      `${formatNumber(Math.round(x))} ${view.axis === "forwards" ? "forwards" : ""}`;
  tip.replaceChildren(
      element("p", {}, (view.axis === "step" ? "step " : "") + place),
      element("table", {}, element("tbody", {}, ...rows)));
  tip.hidden = rows.length === 0;
  placeTip(tip, card, event);
}

// Next to a mouse's pointer; above or below the whole chart for a finger, which would cover it.
function placeTip(tip, card, {clientX, pointerType}) {
  const box = tip.getBoundingClientRect(), chart = card.chart.canvas.getBoundingClientRect();
  const touched = pointerType === "touch", fits = clientX + 14 + box.width <= innerWidth - 8;
  const left = touched ? clientX - box.width / 2 : fits ? clientX + 14 : clientX - 14 - box.width;
  const above = chart.top - box.height - 4;
  const top = touched ? (above >= 8 ? above : chart.bottom + 4) : chart.top + 8;
  tip.style.left = Math.max(8, Math.min(left, innerWidth - 8 - box.width)) + "px";
  tip.style.top = Math.max(8, Math.min(top, innerHeight - 8 - box.height)) + "px";
}

function hideHover() {
  byId("tip").hidden = true;
  cards.forEach(({crosshair}) => {
    crosshair.hidden = true;
  });
}

function onMove(card, event) {
  const pixel = xOfEvent(card, event);
  if (drag.card === card) showSelection(card, drag.from, pixel);
  showHover(card, valueAt(card, pixel), event);
}

function endDrag(card, event) {
  if (drag.card !== card) return;
  const from = drag.from, to = xOfEvent(card, event);
  cancelDrag(card);
  if (Math.abs(to - from) < 6) return;  // a click
  setRange([valueAt(card, Math.min(from, to)), valueAt(card, Math.max(from, to))]);
}

function cancelDrag(card) {
  drag.card = null;
  card.selection.hidden = true;
}

function onKey(card, event) {
  const [from, to] = view.range || fullRange(), width = to - from, middle = (from + to) / 2;
  const ranges = {
    "+": [middle - width / 4, middle + width / 4],
    "=": [middle - width / 4, middle + width / 4],
    "-": [middle - width, middle + width],
    ArrowLeft: [from - width / 4, to - width / 4],
    ArrowRight: [from + width / 4, to + width / 4],
  };
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "0" || event.key === "Escape")
    setRange(null);
  else if (!(event.key in ranges))
    return;
  else if (!event.key.startsWith("Arrow"))
    setRange(ranges[event.key]);
  else if (view.range)
    moveRange(ranges[event.key]);
  event.preventDefault();
}

// Moves as far as the ends allow, without changing the width.
function moveRange([from, to]) {
  const [least, greatest] = fullRange();
  const shift = from < least ? least - from : to > greatest ? greatest - to : 0;
  setRange([from + shift, to + shift]);
}

function attachInteraction(card) {
  const {canvas} = card.chart;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    Object.assign(drag, {card, from: xOfEvent(card, event)});
    onMove(card, event);
  });
  canvas.addEventListener("pointermove", (event) => onMove(card, event));
  canvas.addEventListener("pointerup", (event) => endDrag(card, event));
  canvas.addEventListener("pointercancel", () => cancelDrag(card));
  canvas.addEventListener("pointerleave", () => {
    if (drag.card !== card) hideHover();
  });
  canvas.addEventListener("dblclick", () => setRange(null));
  canvas.addEventListener("keydown", (event) => onKey(card, event));
}
