#include "metrics/classification_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/io/error.hpp"

namespace trainbus::metrics {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

void check_labels(Labels labels, std::size_t classes) {
  for (const std::uint32_t label : labels)
    if (label >= classes)
      throw RunError("found the label " + std::to_string(label) + " of " + std::to_string(classes) +
                         " classes",
                     "metrics", "Count labels from 0.");
}

void check(const Scores& scores, Labels labels) {
  if (scores.classes == 0 || scores.values.size() % scores.classes != 0 ||
      scores.values.size() / scores.classes != labels.size())
    throw RunError(std::to_string(scores.values.size()) + " scores are not those of " +
                       std::to_string(labels.size()) + " rows of " +
                       std::to_string(scores.classes) + " classes",
                   "metrics", "Give one score a class for each row.");
  check_labels(labels, scores.classes);
}

std::span<const float> row_of(const Scores& scores, std::size_t row) {
  return scores.values.subspan(row * scores.classes, scores.classes);
}

// (d, label) of every row, by ascending d; none if a d is NaN, which cannot be ordered.
std::optional<std::vector<std::pair<double, std::uint32_t>>> sorted_differences(
    const Scores& scores, Labels labels) {
  check(scores, labels);
  if (scores.classes != 2)
    throw RunError("found " + std::to_string(scores.classes) + " classes, expected 2", "metrics",
                   "Use accuracy and cross-entropy.");
  std::vector<std::pair<double, std::uint32_t>> rows;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = row_of(scores, i);
    rows.emplace_back(static_cast<double>(row[1]) - row[0], labels[i]);
    if (std::isnan(rows.back().first)) return std::nullopt;
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace

double accuracy(const Scores& scores, Labels labels) {
  check(scores, labels);
  if (labels.empty()) return nan;
  std::size_t right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = row_of(scores, i);
    if (std::any_of(row.begin(), row.end(), [](float s) { return std::isnan(s); })) continue;
    right += std::max_element(row.begin(), row.end()) - row.begin() == labels[i];
  }
  return static_cast<double>(right) / static_cast<double>(labels.size());
}

double cross_entropy(const Scores& scores, Labels labels) {
  check(scores, labels);
  double sum = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = row_of(scores, i);
    const double greatest = *std::max_element(row.begin(), row.end());
    double exponentials = 0;
    for (const float score : row) exponentials += std::exp(score - greatest);
    sum += greatest - row[labels[i]] + std::log(exponentials);
  }
  return labels.empty() ? nan : sum / static_cast<double>(labels.size());
}

std::optional<std::uint32_t> constant_answer(const Scores& scores) {
  if (scores.classes == 0 || scores.values.empty()) return std::nullopt;
  std::optional<std::uint32_t> all;
  for (std::size_t i = 0; i < scores.values.size() / scores.classes; ++i) {
    const auto row = row_of(scores, i);
    if (std::any_of(row.begin(), row.end(), [](float s) { return std::isnan(s); }))
      return std::nullopt;
    const auto answer =
        static_cast<std::uint32_t>(std::max_element(row.begin(), row.end()) - row.begin());
    if (all && *all != answer) return std::nullopt;
    all = answer;
  }
  return all;
}

double majority_share(Labels labels, std::size_t classes) {
  check_labels(labels, classes);
  if (labels.empty()) return nan;
  std::vector<std::size_t> counts(classes);
  for (const std::uint32_t label : labels) ++counts[label];
  return static_cast<double>(*std::max_element(counts.begin(), counts.end())) /
         static_cast<double>(labels.size());
}

double auc(const Scores& scores, Labels labels) {
  const auto rows = sorted_differences(scores, labels);
  if (!rows) return nan;
  // Iterate over groups of equal d, ascending: a row of class 1 beats the zeros below it and ties,
  // counted half, with those of its group.
  double zeros_below = 0, ones = 0, wins = 0;
  for (std::size_t begin = 0, end; begin < rows->size(); begin = end) {
    double group_zeros = 0, group_ones = 0;
    for (end = begin; end < rows->size() && (*rows)[end].first == (*rows)[begin].first; ++end)
      ((*rows)[end].second ? group_ones : group_zeros) += 1;
    wins += group_ones * (zeros_below + group_zeros / 2);
    zeros_below += group_zeros;
    ones += group_ones;
  }
  return ones == 0 || zeros_below == 0 ? nan : wins / (ones * zeros_below);
}

BestThreshold best_threshold(const Scores& scores, Labels labels) {
  const auto rows = sorted_differences(scores, labels);
  if (!rows || rows->empty()) return {nan, nan};
  // Start with answering 1 for all rows; then raise the threshold past one group of equal d at a
  // time.
  auto right =
      std::count_if(rows->begin(), rows->end(), [](const auto& row) { return row.second; });
  auto best = right;
  double threshold = -infinity;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const auto [d, label] = (*rows)[i];
    right += label ? -1 : 1;
    const bool last = i + 1 == rows->size();
    const double next = last ? infinity : (*rows)[i + 1].first;
    if ((!last && next == d) || right <= best) continue;
    best = right;
    threshold = last ? infinity : std::isfinite(next - d) ? d + (next - d) / 2 : d;
  }
  return {threshold, static_cast<double>(best) / static_cast<double>(rows->size())};
}

}  // namespace trainbus::metrics
