#include "report/data.hpp"

#include <algorithm>
#include <cmath>

#include "core/io/json.hpp"
#include "report/configuration.hpp"
#include "report/ending.hpp"
#include "report/results.hpp"
#include "report/rounding.hpp"
#include "report/thin.hpp"

namespace trainbus::report {
namespace {

namespace json = boost::json;

constexpr std::size_t clock_points = 1000;

json::value number(double value) {
  if (!std::isfinite(value)) return nullptr;
  return rounded(value);
}

json::object means_of(const std::vector<Mean>& means) {
  json::array step, value, count;
  for (const Mean& mean : means) {
    step.push_back(static_cast<std::int64_t>(mean.step));
    value.push_back(number(mean.value));
    count.push_back(mean.count);
  }
  return {{"step", std::move(step)}, {"value", std::move(value)}, {"count", std::move(count)}};
}

json::object series_of(const Series& series) {
  const Thinned thinned = thin(series);
  json::array step, value;
  for (const std::size_t i : thinned.kept) {
    step.push_back(static_cast<std::int64_t>(series.step[i]));
    value.push_back(number(series.value[i]));
  }
  json::object result{{"step", std::move(step)}, {"value", std::move(value)}};
  if (!thinned.means.empty()) {
    result["means"] = means_of(thinned.means);
    result["total"] = series.step.size();
  }
  const auto odd = std::ranges::find_if(series.value, [](double v) { return !std::isfinite(v); });
  if (odd != series.value.end()) {
    result["nonfinite"] =
        std::ranges::count_if(series.value, [](double v) { return !std::isfinite(v); });
    result["first_nonfinite"] = static_cast<std::int64_t>(
        series.step[static_cast<std::size_t>(odd - series.value.begin())]);
  }
  return result;
}

// Between the points both are close to linear.
json::object clock_of(const Clock& clock) {
  json::array step, seconds, forwards;
  const std::size_t size = clock.step.size(), points = std::min(size, clock_points);
  for (std::size_t p = 0; p < points; ++p) {
    const std::size_t i = points == 1 ? 0 : p * (size - 1) / (points - 1);
    step.push_back(static_cast<std::int64_t>(clock.step[i]));
    seconds.push_back(number(clock.seconds[i]));
    forwards.push_back(number(clock.forwards[i]));
  }
  return {{"step", std::move(step)},
          {"seconds", std::move(seconds)},
          {"forwards", std::move(forwards)}};
}

json::object run_of(const Run& run) {
  const Metrics& metrics = run.metrics;
  json::object series;
  for (const auto& [name, values] : metrics.series) series[name] = series_of(values);
  json::array notes(metrics.notes.begin(), metrics.notes.end());
  json::object result{{"name", run.name},
                      {"folder", run.folder.string()},
                      {"status", {{"kind", run.ending.kind}, {"text", run.ending.sentence}}},
                      {"notes", std::move(notes)},
                      {"source", metrics.file},
                      {"steps", number(last_step(run.record, metrics))},
                      {"planned", number(planned_steps(run.record, metrics))},
                      {"clock", clock_of(metrics.clock)},
                      {"series", std::move(series)}};
  const JsonView end = JsonView(run.record)["end"];
  result["end"] = end.is_object() ? *end.value() : json::value(nullptr);
  return result;
}

json::array results_json(std::span<const Run> runs) {
  json::array rows;
  for (const ResultRow& row : results_of(runs)) {
    json::array values;
    for (const auto& result : row.results) {
      if (!result) {
        values.push_back(nullptr);
        continue;
      }
      values.push_back({{"first", number(result->first)},
                        {"last", number(result->last)},
                        {"best", number(result->best)},
                        {"step", number(result->best_step)}});
    }
    const char* better = !row.better ? "" : *row.better == Better::Lower ? "lower" : "higher";
    rows.push_back({{"name", row.name}, {"better", better}, {"values", std::move(values)}});
  }
  return rows;
}

}  // namespace

std::string data_of(std::span<const Run> runs, const Heading& heading) {
  json::array all, sentences;
  for (const Run& run : runs) all.push_back(run_of(run));
  for (const std::string& sentence : headline(runs)) sentences.push_back(json::string(sentence));
  return safe_in_html(json::serialize(json::object{{"title", heading.title},
                                                   {"live", heading.live},
                                                   {"made", heading.unix_s},
                                                   {"headline", std::move(sentences)},
                                                   {"runs", std::move(all)},
                                                   {"results", results_json(runs)},
                                                   {"configuration", configuration_of(runs)}}));
}

}  // namespace trainbus::report
