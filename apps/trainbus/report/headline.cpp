#include <algorithm>
#include <array>

#include "report/ending.hpp"
#include "report/json_access.hpp"
#include "report/results.hpp"
#include "report/words.hpp"

namespace trainbus::report {
namespace {

namespace json = boost::json;

std::string how_many(std::span<const Run> runs) {
  std::string endings;
  for (const char* kind : {"completed", "stopped", "interrupted", "failed", "running", "unknown"}) {
    const auto count = std::ranges::count(runs, kind, [](const Run& run) { return run.ending.kind; });
    if (count == 0) continue;
    endings += (endings.empty() ? "" : ", ") + std::to_string(count) + ' ' +
               (std::string(kind) == "unknown" ? "without a recorded end" : kind);
  }
  return count_words(static_cast<double>(runs.size()), "run") + ": " + endings + '.';
}

// What has to be equal for numbers of two runs to be comparable.
json::array problem_of(const Run& run) {
  json::array result;
  const auto add = [&](const json::value* value) { result.push_back(value ? *value : nullptr); };
  add(option_at(object_at(run.record, "options"), "task"));
  for (const char* name : {"data", "features", "classes"})
    add(option_at(object_at(run.record, "task"), name));
  return result;
}

bool comparable(std::span<const Run> runs) {
  return std::ranges::all_of(
      runs, [&](const Run& run) { return problem_of(run) == problem_of(runs[0]); });
}

// The test part is not for choosing among steps: its last value counts, and so does the loss's.
bool counts_last(const std::string& metric) { return !metric.starts_with("eval/"); }

double value_of(const ResultRow& row, const Result& result) {
  return counts_last(row.name) ? result.last : result.best;
}

const ResultRow* deciding_row(const std::vector<ResultRow>& rows) {
  for (const char* name : {"eval/accuracy", "eval/loss", "test/accuracy", "test/loss", "loss"})
    for (const ResultRow& row : rows) {
      const auto there = [](const std::optional<Result>& result) { return result.has_value(); };
      if (row.name == name && std::ranges::all_of(row.results, there)) return &row;
    }
  return nullptr;
}

std::string best_of(std::span<const Run> runs, const ResultRow& row) {
  const bool lower = row.better == Better::Lower;
  std::size_t best = 0;
  for (std::size_t i = 1; i < runs.size(); ++i) {
    const double here = value_of(row, *row.results[i]), there = value_of(row, *row.results[best]);
    if (lower ? here < there : here > there) best = i;
  }
  std::string names;
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (value_of(row, *row.results[i]) == value_of(row, *row.results[best]))
      names += (names.empty() ? "" : ", ") + runs[i].name;
  const Result& result = *row.results[best];
  const std::string when = row.name == "loss"      ? " over the last tenth of its steps"
                           : counts_last(row.name) ? " at the end"
                           : names != runs[best].name ? ""
                                                   : " at step " + number_words(result.best_step);
  return (runs.size() > 1 ? "Best by " + row.name + ": " + names + " with "
                          : (counts_last(row.name) ? "" : "Best ") + row.name + ": ") +
         number_words(value_of(row, result)) + when + '.';
}

std::string test_change(const std::vector<ResultRow>& rows) {
  for (const ResultRow& row : rows)
    if (row.name == "test/accuracy" && row.results[0] && row.results[0]->first != row.results[0]->last)
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
  const ResultRow* row = deciding_row(rows);
  if (!comparable(runs))
    sentences.emplace_back("They are of different tasks or data, so none is called best.");
  else if (row)
    sentences.push_back(best_of(runs, *row));
  else
    sentences.emplace_back(runs.size() > 1 ? "They have no number in common that tells which is best."
                                           : "It has no results yet.");
  if (runs.size() == 1)
    if (std::string test = test_change(rows); !test.empty()) sentences.push_back(std::move(test));
  return sentences;
}

}  // namespace trainbus::report
