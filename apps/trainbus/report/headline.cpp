#include <algorithm>

#include "core/io/json.hpp"
#include "report/ending.hpp"
#include "report/results.hpp"
#include "report/words.hpp"

namespace trainbus::report {
namespace {

namespace json = boost::json;

std::string how_many(std::span<const Run> runs) {
  std::string endings;
  for (const char* kind : {"completed", "stopped", "interrupted", "failed", "running", "unknown"}) {
    const auto count =
        std::ranges::count(runs, kind, [](const Run& run) { return run.ending.kind; });
    if (count == 0) continue;
    endings += (endings.empty() ? "" : ", ") + std::to_string(count) + ' ' +
               (std::string(kind) == "unknown" ? "without a recorded end" : kind);
  }
  return count_words(static_cast<double>(runs.size()), "run") + ": " + endings + '.';
}

// The options that must be equal for two runs to be comparable.
json::array problem_of(const Run& run) {
  const JsonView record(run.record);
  json::array result;
  const auto add = [&](JsonView option) {
    const json::value* value = option["value"].value();
    result.push_back(value ? *value : nullptr);
  };
  add(record["options"]["task"]);
  for (const char* name : {"data", "features", "classes"}) add(record["task"][name]);
  return result;
}

bool comparable(std::span<const Run> runs) {
  return std::ranges::all_of(
      runs, [&](const Run& run) { return problem_of(run) == problem_of(runs[0]); });
}

// The test split must not be used to choose a step: its last value counts, as does the loss's.
bool counts_last(const std::string& metric) { return !metric.starts_with("eval/"); }

double value_of(const ResultRow& row, const Result& result) {
  return counts_last(row.name) ? result.last : result.best;
}

std::size_t count_of(const ResultRow& row) {
  return static_cast<std::size_t>(std::ranges::count_if(
      row.results, [](const std::optional<Result>& result) { return result.has_value(); }));
}

// The most informative metric among those that most runs have; at least two runs can be compared.
const ResultRow* deciding_row(const std::vector<ResultRow>& rows, std::size_t run_count) {
  const ResultRow* best = nullptr;
  for (const char* name : {"eval/accuracy", "eval/loss", "test/accuracy", "test/loss", "loss"})
    for (const ResultRow& row : rows)
      if (row.name == name && (!best || count_of(row) > count_of(*best))) best = &row;
  return best && count_of(*best) >= std::min<std::size_t>(run_count, 2) ? best : nullptr;
}

std::size_t best_run(const ResultRow& row) {
  const bool lower = row.better == Better::Lower;
  std::size_t best = row.results.size();
  for (std::size_t i = 0; i < row.results.size(); ++i) {
    if (!row.results[i]) continue;
    const double here = value_of(row, *row.results[i]);
    const double there = best < row.results.size() ? value_of(row, *row.results[best]) : here;
    if (best == row.results.size() || (lower ? here < there : here > there)) best = i;
  }
  return best;
}

std::string when(const ResultRow& row, const Result& result, bool tie) {
  if (row.name == "loss") return " over the last tenth of its steps";
  if (counts_last(row.name)) return " at the end";
  return tie ? "" : " at step " + number_words(result.best_step);
}

std::string best_of(std::span<const Run> runs, const ResultRow& row) {
  const Result& best = *row.results[best_run(row)];
  const double value = value_of(row, best);
  if (runs.size() == 1)
    return (counts_last(row.name) ? row.name : "Best " + row.name) + ": " + number_words(value) +
           when(row, best, false) + '.';
  std::string names;
  std::size_t equal = 0;
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (row.results[i] && value_of(row, *row.results[i]) == value) {
      names += (names.empty() ? "" : ", ") + runs[i].name;
      ++equal;
    }
  const std::size_t without = runs.size() - count_of(row);
  return "Best by " + row.name + ": " + names + " with " + number_words(value) +
         when(row, best, equal > 1) +
         (without > 0 ? " (" + count_words(static_cast<double>(without), "run") + " without one)"
                      : "") +
         '.';
}

std::string test_change(const std::vector<ResultRow>& rows) {
  for (const ResultRow& row : rows)
    if (row.name == "test/accuracy" && row.results[0] &&
        row.results[0]->first != row.results[0]->last)
      return "Test accuracy: " + number_words(row.results[0]->first) + " before, " +
             number_words(row.results[0]->last) + " after.";
  return "";
}

}  // namespace

std::vector<std::string> headline(std::span<const Run> runs) {
  std::vector<std::string> sentences;
  if (runs.size() == 1)
    sentences.push_back(runs[0].name + ' ' + runs[0].ending.sentence + '.');
  else
    sentences.push_back(how_many(runs));
  const std::vector<ResultRow> rows = results_of(runs);
  const ResultRow* row = deciding_row(rows, runs.size());
  if (!comparable(runs))
    sentences.emplace_back("They are of different tasks or data, so none is called best.");
  else if (row)
    sentences.push_back(best_of(runs, *row));
  else
    sentences.emplace_back(runs.size() > 1
                               ? "They have no number in common that tells which is best."
                               : "It has no results yet.");
  if (runs.size() == 1)
    if (std::string test = test_change(rows); !test.empty()) sentences.push_back(std::move(test));
  return sentences;
}

}  // namespace trainbus::report
