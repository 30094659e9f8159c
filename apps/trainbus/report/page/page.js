// Builds the page, and updates it when it is served live.

// The server rereads the runs each time, on a machine that is training, so long runs are polled
// less often.
const secondsBetweenUpdates = 3, restPerWork = 20;

function fillHeader() {
  byId("headline")
      .replaceChildren(...report.headline.map((sentence) => element("p", {}, sentence)));
  const made = new Date(report.made * 1000);
  byId("footer").replaceChildren(
      `Made by trainbus on ${made.toLocaleString("en-GB")} from ` +
      report.runs.map((run) => run.folder).join(", ") + ". Charts: Chart.js.");
}

function fillLegend() {
  byId("legend").replaceChildren(...report.runs.map((run, index) => {
    const button = element(
        "button", {type: "button", "aria-pressed": String(!view.hidden.has(run.name))},
        swatch(index), run.name);
    button.addEventListener("click", () => {
      if (!view.hidden.delete(run.name)) view.hidden.add(run.name);
      button.setAttribute("aria-pressed", String(!view.hidden.has(run.name)));
      setRange(view.range);
    });
    return button;
  }));
}

function fillAxis() {
  const known = {
    step: true,
    seconds: true,
    forwards: report.runs.every(
        (run) => run.clock.step.length === 0 || run.clock.forwards.some((count) => count > 0))
  };
  const buttons = Object.keys(axes).filter((axis) => known[axis]).map((axis) => {
    const button = element(
        "button", {type: "button", "aria-pressed": String(axis === view.axis)}, axes[axis].label);
    button.addEventListener("click", () => {
      view.axis = axis;
      view.range = null;  // not valid on another axis
      byId("reset").disabled = true;
      buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
      loadAll();
    });
    return button;
  });
  byId("axis").replaceChildren(...buttons);
}

function setWindow(window) {
  view.window = window;
  byId("smoothing").value = windows.indexOf(window);
  byId("smoothing-text").textContent = window === 1 ?
      "off" :
      `${formatNumber(window)} steps (weight ${Number((1 - 1 / window).toPrecision(4))})`;
}

function tellThinning() {
  const thinned = report.runs.flatMap(
      (run) => Object.entries(run.series)
                   .filter(([, series]) => series.total)
                   .map(([name, series]) => ({run, name, series})));
  byId("thinned").textContent = thinned.length === 0 ?
      "" :
      `${[...new Set(thinned.map(({run}) => run.name))].join(", ")}: of up to ` +
          `${
              formatNumber(Math.max(...thinned.map(
                  ({series}) => series.total)))} points a line, at most 4,000 are drawn; ` +
          "peaks and dips are kept, and the smoothed lines come from all points.";
}

function addCharts() {
  const {main, more} = chartSpecs(report.runs);
  const drawn = new Set(cards.map((card) => card.spec.id));
  main.filter((spec) => !drawn.has(spec.id)).forEach((spec) => addCard(spec, byId("charts")));
  if (main.length === 0 && cards.length === 0)
    byId("charts").replaceChildren(element("p", {class: "hint"}, "There is nothing to draw yet."));
  else
    byId("charts").querySelector(":scope > p")?.remove();
  const details = byId("more");
  details.hidden = more.length === 0;
  if (details.open)
    more.filter((spec) => !drawn.has(spec.id))
        .forEach((spec) => addCard(spec, byId("more-charts")));
}

function show(data) {
  report = data;
  fillHeader();
  fillLegend();
  fillAxis();
  fillTables();
  tellThinning();
  addCharts();
}

// Adds new metrics of a chart's runs to it.
function update(data) {
  show(data);
  const {main, more} = chartSpecs(data.runs);
  for (const card of cards)
    card.spec = [...main, ...more].find((spec) => spec.id === card.spec.id) || card.spec;
  loadAll();
}

function tellLive(last, problem) {
  const live = byId("live"), at = last.toLocaleTimeString("en-GB");
  const running = report.runs.filter((run) => run.status.kind === "running").length;
  live.hidden = false;
  live.classList.toggle("gone", problem !== null);
  live.textContent = problem === null ?
      `● live, ${running} of ${report.runs.length} running, read at ${at}` :
      `○ not live, as of ${at}: ${problem}`;
}

// Loops for ever; failed requests are repeated.
async function keepUpToDate() {
  let last = new Date(), problem = null, pause = secondsBetweenUpdates * 1000;
  for (;;) {
    tellLive(last, problem);
    await new Promise((done) => setTimeout(done, pause));
    try {
      const begin = performance.now();
      const response = await fetch("/data.json");
      if (!response.ok) throw new Error(await response.text());
      const data = await response.json();
      pause = Math.max(secondsBetweenUpdates * 1000, restPerWork * (performance.now() - begin));
      update(data);
      last = new Date();
      problem = null;
    } catch (error) {  // fetch throws TypeError without a connection
      problem = error instanceof TypeError ? "the server has ended; the page tries again." :
                                             error.message;
    }
  }
}

function start() {
  const data = JSON.parse(byId("data").textContent);
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 12;
  if (data.runs.length === 1) byId("differences-text").textContent = "Only what is no default";
  setWindow(suitableWindow(data.runs));
  show(data);

  byId("differences").addEventListener("change", fillConfiguration);
  byId("reset").addEventListener("click", () => setRange(null));
  byId("more").addEventListener("toggle", addCharts);
  byId("smoothing").addEventListener("input", (event) => {
    setWindow(windows[event.target.value]);
    loadAll();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showAll);
  addEventListener("scroll", hideHover, {passive: true});
  // Paper is white.
  const setTheme = (theme) => {
    document.documentElement.dataset.theme = theme;
    showAll();
  };
  addEventListener("beforeprint", () => setTheme("light"));
  addEventListener("afterprint", () => setTheme(""));
  if (data.live) keepUpToDate();
}

start();
