#include "report/results.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace trainbus::report {
namespace {

std::optional<Better> better_of(std::string_view name) {
  if (name.ends_with("loss") || name.ends_with("perplexity")) return Better::Lower;
  for (const char* word : {"accuracy", "f1", "auc", "precision", "recall"})
    if (name.ends_with(word)) return Better::Higher;
  return std::nullopt;
}

bool is_result(std::string_view name) {
  if (name.ends_with("/examples")) return false;
  return name.starts_with("eval/") || name.starts_with("test/");
}

std::optional<Result> result_of(const Series& series, std::optional<Better> better) {
  std::optional<Result> result;
  for (std::size_t i = 0; i < series.step.size(); ++i) {
    const double value = series.value[i];
    if (!std::isfinite(value)) continue;
    if (!result) result = Result{value, value, value, series.step[i]};
    result->last = value;
    if (!better) continue;
    if (*better == Better::Lower ? value < result->best : value > result->best) {
      result->best = value;
      result->best_step = series.step[i];
    }
  }
  return result;
}

// A single step's loss is noise.
void smooth_end(const Series& loss, Result& result) {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = loss.value.size() - (loss.value.size() + 9) / 10; i < loss.value.size(); ++i)
    if (std::isfinite(loss.value[i])) {
      sum += loss.value[i];
      ++count;
    }
  if (count > 0) result.last = sum / static_cast<double>(count);
}

}  // namespace

std::vector<ResultRow> results_of(std::span<const Run> runs) {
  std::set<std::string> names;
  for (const Run& run : runs)
    for (const auto& [name, series] : run.metrics.series)
      if (is_result(name)) names.insert(name);
  std::vector<std::string> ordered(names.begin(), names.end());
  ordered.emplace_back("loss");

  std::vector<ResultRow> rows;
  for (const std::string& name : ordered) {
    ResultRow row{name, better_of(name), {}};
    for (const Run& run : runs) {
      const auto found = run.metrics.series.find(name);
      row.results.emplace_back();
      if (found == run.metrics.series.end()) continue;
      row.results.back() = result_of(found->second, row.better);
      if (name == "loss" && row.results.back()) smooth_end(found->second, *row.results.back());
    }
    const auto there = [](const std::optional<Result>& result) { return result.has_value(); };
    if (std::ranges::any_of(row.results, there)) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace trainbus::report
