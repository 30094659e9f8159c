#include "metrics/confusion.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/io/error.hpp"

namespace trainbus::metrics {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double ratio(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

Confusion::Confusion(std::size_t classes) : classes_(classes), counts_(classes * classes) {
  if (classes == 0) throw RunError("found 0 classes, expected 1 or more", "metrics", "");
}

void Confusion::add(std::uint32_t right, std::uint32_t predicted) {
  if (const std::uint32_t greatest = std::max(right, predicted); greatest >= classes_)
    throw RunError(
        "found the class " + std::to_string(greatest) + " of " + std::to_string(classes_),
        "metrics", "Count classes from 0.");
  ++counts_[right * classes_ + predicted];
  ++examples_;
}

std::uint64_t Confusion::count(std::uint32_t right, std::uint32_t predicted) const {
  return counts_.at(right * classes_ + predicted);
}

std::uint64_t Confusion::row(std::size_t right) const {
  std::uint64_t sum = 0;
  for (std::size_t p = 0; p < classes_; ++p) sum += counts_[right * classes_ + p];
  return sum;
}

std::uint64_t Confusion::column(std::size_t predicted) const {
  std::uint64_t sum = 0;
  for (std::size_t t = 0; t < classes_; ++t) sum += counts_[t * classes_ + predicted];
  return sum;
}

double Confusion::accuracy() const {
  std::uint64_t hits = 0;
  for (std::size_t c = 0; c < classes_; ++c) hits += counts_[c * classes_ + c];
  return examples_ == 0 ? nan : ratio(hits, examples_);
}

double Confusion::balanced_accuracy() const {
  double sum = 0;
  std::size_t present = 0;
  for (std::size_t c = 0; c < classes_; ++c)
    if (const std::uint64_t of_class = row(c); of_class > 0) {
      sum += ratio(counts_[c * classes_ + c], of_class);
      ++present;
    }
  return present == 0 ? nan : sum / static_cast<double>(present);
}

double Confusion::macro_f1() const {
  double sum = 0;
  std::size_t seen = 0;
  for (std::size_t c = 0; c < classes_; ++c)
    if (const std::uint64_t both = row(c) + column(c); both > 0) {
      sum += ratio(2 * counts_[c * classes_ + c], both);
      ++seen;
    }
  return seen == 0 ? nan : sum / static_cast<double>(seen);
}

double Confusion::matthews() const {
  if (examples_ == 0) return nan;
  const auto n = static_cast<double>(examples_);
  double hits = 0, product = 0, rows = 0, columns = 0;
  for (std::size_t c = 0; c < classes_; ++c) {
    const auto t = static_cast<double>(row(c)), p = static_cast<double>(column(c));
    hits += static_cast<double>(counts_[c * classes_ + c]);
    product += t * p;
    rows += t * t;
    columns += p * p;
  }
  // Divided root by root: the product of both would leave the range of whole numbers.
  const double root = std::sqrt(n * n - columns) * std::sqrt(n * n - rows);
  return root == 0 ? 0 : (n * hits - product) / root;
}

double share_right(std::span<const std::uint32_t> predicted,
                   std::span<const std::vector<std::uint32_t>> right) {
  if (predicted.size() != right.size())
    throw RunError(std::to_string(predicted.size()) + " predictions are not those of " +
                       std::to_string(right.size()) + " examples",
                   "metrics", "Give one prediction for each example.");
  std::uint64_t hits = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i)
    hits += std::find(right[i].begin(), right[i].end(), predicted[i]) != right[i].end();
  return predicted.empty() ? nan : ratio(hits, predicted.size());
}

}  // namespace trainbus::metrics
