#include "shaping.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

namespace trainbus::es {
namespace {

std::vector<double> centred(std::span<const double> losses) {
  const auto count = static_cast<double>(losses.size());
  const double mean = std::accumulate(losses.begin(), losses.end(), 0.0) / count;
  std::vector<double> numbers;
  for (const double loss : losses) numbers.push_back(loss - mean);
  return numbers;
}

std::vector<double> z_scores(std::span<const double> losses) {
  std::vector<double> numbers = centred(losses);
  double squares = 0;
  for (const double x : numbers) squares += x * x;
  const double deviation = std::sqrt(squares / static_cast<double>(losses.size()));
  // Equal losses have none, although their rounded mean may differ from them.
  const bool differ = std::ranges::max(losses) > std::ranges::min(losses);
  for (double& x : numbers) x = differ && deviation > 0 ? x / deviation : 0;
  return numbers;
}

std::vector<double> ranks(std::span<const double> losses) {
  const auto last = static_cast<double>(losses.size() - 1);
  std::vector<double> numbers;
  std::vector<double> sorted(losses.begin(), losses.end());
  std::ranges::sort(sorted);
  for (const double loss : losses) {
    const auto equal = std::ranges::equal_range(sorted, loss);
    const auto lower = static_cast<double>(equal.begin() - sorted.begin());
    const double rank = lower + static_cast<double>(equal.size() - 1) / 2;
    numbers.push_back(rank / last - 0.5);
  }
  return numbers;
}

}  // namespace

std::vector<double> shaped(std::span<const double> losses, Shaping shaping) {
  if (!std::ranges::all_of(losses, [](double loss) { return std::isfinite(loss); }))
    return std::vector<double>(losses.size(), std::numeric_limits<double>::quiet_NaN());
  if (shaping == Shaping::Rank) return ranks(losses);
  return shaping == Shaping::ZScore ? z_scores(losses) : centred(losses);
}

void centre_pairs(std::span<double> losses) {
  for (std::size_t i = 0; i + 1 < losses.size(); i += 2) {
    const double mean = (losses[i] + losses[i + 1]) / 2;
    losses[i] -= mean;
    losses[i + 1] -= mean;
  }
}

}  // namespace trainbus::es
