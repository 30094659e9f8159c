// Metrics of classification scores, and the baseline of always answering the most frequent label.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/export.hpp"

namespace trainbus::metrics {

// scores: [N, C] row-major float32, one score a class (logits, log-probabilities). labels: [N],
// each below C. All are computed in double, in order, and are NaN for N = 0. They throw RunError if
// the sizes do not fit or a label is not below C.
struct Scores {
  std::span<const float> values;
  std::size_t classes = 0;
};
using Labels = std::span<const std::uint32_t>;

// Share of rows whose greatest score is their label's; of equal ones the first counts as greatest,
// and a row with a NaN counts as wrong.
TRAINBUS_EXPORT double accuracy(const Scores& scores, Labels labels);

// Mean of -log softmax(scores)[label], in nats.
TRAINBUS_EXPORT double cross_entropy(const Scores& scores, Labels labels);

// The predicted class, if it is the same in every row, as with a model that ignores its input. None
// without rows, or if a score is NaN.
TRAINBUS_EXPORT std::optional<std::uint32_t> constant_answer(const Scores& scores);

// Share of the most frequent label, which is the accuracy of always answering it.
TRAINBUS_EXPORT double majority_share(Labels labels, std::size_t classes);

// For C = 2, with d = score 1 - score 0; others are refused.

// Area under the ROC curve: the chance that a random row of class 1 has a greater d than one of
// class 0, equal ones counting half (Mann-Whitney U). NaN if a class has no row or a d is NaN.
TRAINBUS_EXPORT double auc(const Scores& scores, Labels labels);

// The accuracy with the best constant correction of the scores: answering 1 where d > threshold.
// The gap to accuracy() is the cost of miscalibration. The threshold is between two neighbouring d,
// or infinite where one answer for all is best; the smallest of equally good ones. It is chosen on
// the same rows, so this is an optimistic bound. NaN if a d is NaN.
struct BestThreshold {
  double threshold = 0;
  double accuracy = 0;
};
TRAINBUS_EXPORT BestThreshold best_threshold(const Scores& scores, Labels labels);

}  // namespace trainbus::metrics
