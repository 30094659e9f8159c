// The tables: results, endings, configuration, observers.

function table(head, ...bodies) {
  return element(
      "table", {},
      element(
          "thead", {},
          element(
              "tr", {},
              ...head.map(
                  (cell) => cell instanceof Node ? cell : element("th", {scope: "col"}, cell)))),
      ...bodies);
}

function numberHead(text) {
  return element("th", {scope: "col", class: "number"}, text);
}
function rowHead(...content) {
  return element("th", {scope: "row"}, ...content);
}
function numberCell(...content) {
  return element("td", {class: "number"}, ...content);
}
function runHead(run, index) {
  return rowHead(swatch(index), run.name);
}

function fill(id, made) {
  const place = byId(id);
  place.classList.toggle("bare", !(made instanceof Node));
  place.replaceChildren(made);
}

function kindText(run) {
  return run.status.kind === "unknown" ? "no end recorded" : run.status.kind;
}

function kindWord(run) {
  return element("span", {class: "kind kind-" + run.status.kind}, kindText(run));
}

function trainingSeconds(run) {
  if (run.end && Number.isFinite(run.end.seconds)) return run.end.seconds;
  return run.clock.seconds.length > 0 ? run.clock.seconds[run.clock.seconds.length - 1] : NaN;
}

// A result of one run: an evaluation's best and where, a test's last and first, the loss's end.
function resultCell(row, value, best) {
  if (!value) return numberCell("–");
  const evaluation = row.name.startsWith("eval/") && row.better;
  const shown = evaluation ? value.best : value.last;
  const beside = evaluation ? "step " + formatNumber(value.step) :
      row.name.startsWith("test/") && value.first !== value.last ?
                              "before " + formatNumber(value.first) :
                              null;
  const isBest = report.runs.length > 1 && shown === best;
  return element(
      "td", {class: "number" + (isBest ? " best" : "")}, formatNumber(shown),
      isBest ? element("abbr", {title: "the best of these runs", class: "mark"}, " ★") : null,
      beside ? element("span", {class: "small"}, beside) : null);
}

function bestOf(row) {
  if (!row.better) return null;
  const all = row.values.filter(Boolean)
                  .map((value) => row.name.startsWith("eval/") ? value.best : value.last)
                  .filter((value) => value !== null);
  return row.better === "lower" ? Math.min(...all) : Math.max(...all);
}

function resultTitle(row) {
  if (row.name === "loss") return "loss, last tenth";
  return row.name.startsWith("eval/") && row.better ? "best " + row.name : row.name;
}

function small(text) {
  return element("span", {class: "small"}, text);
}

function resultRow(run, r) {
  const unfinished = run.planned && run.planned !== run.steps;
  const bests = report.results.map(bestOf);
  return element(
      "tr", {}, runHead(run, r), element("td", {}, kindWord(run)),
      numberCell(
          formatNumber(run.steps), unfinished ? small("of " + formatNumber(run.planned)) : null),
      numberCell(formatDuration(trainingSeconds(run))),
      ...report.results.map((row, i) => resultCell(row, row.values[r], bests[i])));
}

function fillResults() {
  const head = [
    "Run", "End", numberHead("Steps"), numberHead("Time"),
    ...report.results.map((row) => numberHead(resultTitle(row)))
  ];
  fill("results", table(head, element("tbody", {}, ...report.runs.map(resultRow))));
  const notes = report.runs.flatMap((run) => run.notes.map((note) => `${run.name}: ${note}`));
  const list = element("ul", {class: "notes"}, ...notes.map((note) => element("li", {}, note)));
  byId("notes").replaceChildren(...(notes.length > 0 ? [list] : []));
}

function requestText(request) {
  return `step ${formatNumber(request.step)}: ${request.author} asked to ${request.what}` +
      (request.reason ? ` (${request.reason})` : "");
}

function endingRow(run, r) {
  const asked = run.end && Array.isArray(run.end.requests) ? run.end.requests : [];
  const requests = asked.map((request) => element("div", {}, requestText(request)));
  const none = run.end ? "nothing" : "not recorded";
  const skipped = run.end && run.end.skipped > 0;
  return element(
      "tr", {}, runHead(run, r),
      element(
          "td", {class: "words"}, kindWord(run), run.status.text.slice(kindText(run).length),
          skipped ? small(`${formatNumber(run.end.skipped)} updates skipped`) : null),
      element("td", {class: "words"}, ...(requests.length > 0 ? requests : [none])));
}

function fillEndings() {
  fill(
      "endings",
      table(
          ["Run", "End", "What was asked for by observers"],
          element("tbody", {}, ...report.runs.map(endingRow))));
}

function configurationCell(value) {
  if (value === null) return element("td", {class: "value default"}, "–");
  const look = value.default ? {class: "value default", title: "default"} : {class: "value"};
  return element("td", look, value.text === "" ? "(not set)" : value.text);
}

function configurationRow(row) {
  const mark = row.differs ? element("abbr", {title: "differs", class: "mark"}, " ≠") : null;
  const cells = row.values.map(configurationCell);
  return element("tr", {class: row.differs ? "differs" : null}, rowHead(row.name, mark), ...cells);
}

// The options that differ between runs; for a single run those that were set.
function isTelling(row) {
  return report.runs.length > 1 ? row.differs : row.values.some((value) => value && !value.default);
}

// A body of rows under a title across all columns.
function titledBody(title, columns, rows) {
  const head = element("th", {scope: "rowgroup", colspan: columns}, ...title);
  return element("tbody", {}, element("tr", {}, head), ...rows);
}

function fillConfiguration() {
  const only = byId("differences").checked, runs = report.runs;
  const bodies = [];
  for (const {title, rows} of report.configuration) {
    const shown = rows.filter((row) => isTelling(row) || !only);
    shown.sort((a, b) => b.differs - a.differs);
    if (shown.length > 0)
      bodies.push(titledBody([title], runs.length + 1, shown.map(configurationRow)));
  }
  const heads = runs.map((run, r) => element("th", {scope: "col"}, swatch(r), run.name));
  if (bodies.length > 0)
    fill("configuration", table(["Option", ...heads], ...bodies));
  else if (report.configuration.length > 0)
    fill("configuration", "There is nothing of that kind.");
  else
    fill("configuration", "No run has a record of its configuration.");
}

function observerRow(observer, seconds) {
  const share = observer.events * observer.mean_us / 1e6 / seconds;
  return element(
      "tr", {}, rowHead(observer.name), element("td", {}, observer.role || "–"),
      element("td", {}, observer.delivery || "–"), numberCell(formatNumber(observer.events)),
      numberCell(formatNumber(observer.mean_us, 3)), numberCell(formatNumber(observer.worst_ms, 3)),
      numberCell(Number.isFinite(share) ? (share * 100).toPrecision(2) + " %" : "–"),
      numberCell(formatNumber(observer.failures)),
      element("td", {class: "value"}, observer.state || "–"));
}

function observerBody(run) {
  const seconds = trainingSeconds(run);
  const rows = run.end.observers.map((observer) => observerRow(observer, seconds));
  return titledBody([swatch(report.runs.indexOf(run)), run.name], 9, rows);
}

function fillObservers() {
  const runs = report.runs.filter((run) => run.end && Array.isArray(run.end.observers));
  if (runs.length === 0)
    return fill("observers", "No run has recorded it: that is done when a run ends.");
  const heads = [
    "Observer", "Role", "Delivery", numberHead("Events"), numberHead("Mean µs"),
    numberHead("Worst ms"), numberHead("Share of the run"), numberHead("Failures"), "State"
  ];
  fill("observers", table(heads, ...runs.map(observerBody)));
  const others = report.runs.filter((run) => !runs.includes(run)).map((run) => run.name);
  if (others.length > 0)
    byId("observers").append(element("p", {class: "aside"}, `Not recorded: ${others.join(", ")}.`));
}

function fillTables() {
  fillResults();
  fillEndings();
  fillConfiguration();
  fillObservers();
}
