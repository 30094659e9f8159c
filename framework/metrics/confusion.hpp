// Metrics of predicted classes from their confusion matrix: accuracy, balanced accuracy, macro F1,
// Matthews' correlation.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/export.hpp"

namespace trainbus::metrics {

// How often each class was predicted for each right one. With N examples and n(t, p) those of class
// t that were predicted as p; t(c) and p(c) are the sums of row and column c, n(c, c) the hits.
class TRAINBUS_EXPORT Confusion {
 public:
  // Counts from 0. Throws RunError for 0 classes.
  explicit Confusion(std::size_t classes);

  // Throws RunError for a class that is not below their number.
  void add(std::uint32_t right, std::uint32_t predicted);
  std::uint64_t count(std::uint32_t right, std::uint32_t predicted) const;
  std::uint64_t examples() const { return examples_; }

  // All are NaN without examples, and in double.

  // Σ n(c, c) / N.
  double accuracy() const;
  // The mean of the recalls n(c, c) / t(c), over the classes that have examples.
  double balanced_accuracy() const;
  // The mean of F1(c) = 2 n(c, c) / (t(c) + p(c)), over the classes that have examples or were
  // predicted. (A class with neither has no F1; one that is only predicted has 0.)
  double macro_f1() const;
  // Matthews' correlation for any number of classes (Gorodkin 2004, doi
  // 10.1016/j.compbiolchem.2004.09.006): (N Σ n(c, c) − Σ t(c) p(c)) /
  // √((N² − Σ p(c)²) (N² − Σ t(c)²)), in [−1, 1]; 0 where all examples are of one class or got one
  // answer, whose root is 0.
  double matthews() const;

 private:
  std::uint64_t row(std::size_t right) const;
  std::uint64_t column(std::size_t predicted) const;

  std::size_t classes_;
  std::vector<std::uint64_t> counts_;  // [classes, classes], a row for each right class
  std::uint64_t examples_ = 0;
};

// The share of examples whose prediction is among their right ones, as where a question has several
// right answers; NaN without examples. Throws RunError if the sizes differ.
TRAINBUS_EXPORT double share_right(std::span<const std::uint32_t> predicted,
                                   std::span<const std::vector<std::uint32_t>> right);

}  // namespace trainbus::metrics
