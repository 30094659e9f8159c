#include "generation/sampling.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "kernels/philox.hpp"

namespace trainbus {
namespace {

// Beside 0xFFFF, which is no tensor's id: see kernels/philox.hpp.
constexpr std::uint32_t sampling_stream = 0xFFFF0003;

}  // namespace

NonFiniteLogits::~NonFiniteLogits() = default;

double sampling_uniform(std::uint64_t seed, std::uint32_t row, std::uint32_t step) {
  const kernels::PhiloxCounter bits =
      kernels::philox({step, row, 0xFFFFu, sampling_stream}, kernels::philox_key(seed));
  const std::uint64_t high = bits[0] >> 5, low = bits[1] >> 6;  // 27 and 26 bits
  return std::ldexp(static_cast<double>(high << 26 | low), -53);
}

float Sampler::kth_largest(std::span<const float> logits) {
  const auto k = static_cast<std::size_t>(sampling_.top_k);
  if (k == 0 || k >= logits.size()) return std::numeric_limits<float>::lowest();
  sorted_.assign(logits.begin(), logits.end());
  std::ranges::replace_if(
      sorted_, [](float x) { return std::isnan(x); }, -std::numeric_limits<float>::infinity());
  const auto kth = sorted_.begin() + static_cast<std::ptrdiff_t>(k) - 1;
  std::nth_element(sorted_.begin(), kth, sorted_.end(), std::greater<>());
  return std::max(*kth, std::numeric_limits<float>::lowest());
}

// The most probable candidates are taken from a heap until they suffice: few are needed of many.
void Sampler::keep_most_probable() {
  double total = 0;
  for (const Candidate& c : candidates_) total += c.weight;
  const auto less_probable = [](const Candidate& a, const Candidate& b) {
    return a.logit != b.logit ? a.logit < b.logit : a.id > b.id;
  };
  std::ranges::make_heap(candidates_, less_probable);
  auto rest = candidates_.end();
  for (double sum = 0; rest != candidates_.begin();) {
    std::pop_heap(candidates_.begin(), rest, less_probable);
    sum += (--rest)->weight;
    if (sum >= sampling_.top_p * total) break;
  }
  candidates_.erase(candidates_.begin(), rest);
  std::ranges::sort(candidates_, {}, &Candidate::id);
}

Choice Sampler::choose(std::span<const float> logits, double uniform) {
  std::size_t best = 0;
  float largest = -std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < logits.size(); ++i)
    if (logits[i] > largest) largest = logits[best = i];
  if (!std::isfinite(largest))
    throw NonFiniteLogits("the largest of the " + std::to_string(logits.size()) + " logits is " +
                              std::to_string(largest) + ", expected a finite number",
                          "generation", "Check that the model's weights are finite.");
  if (sampling_.temperature == 0) return {static_cast<std::int32_t>(best)};

  const float least = kth_largest(logits);
  candidates_.clear();
  for (std::size_t i = 0; i < logits.size(); ++i)
    if (logits[i] >= least)
      candidates_.push_back(
          {static_cast<std::int32_t>(i), logits[i],
           std::exp((static_cast<double>(logits[i]) - largest) / sampling_.temperature)});
  if (sampling_.top_p < 1) keep_most_probable();

  double total = 0;
  for (const Candidate& c : candidates_) total += c.weight;
  const Candidate* chosen = &candidates_.front();
  double sum = 0;
  for (const Candidate& c : candidates_) {
    if (c.weight == 0) continue;
    chosen = &c;  // the last one that is possible, if rounding leaves the sum short
    if ((sum += c.weight) > uniform * total) break;
  }
  return {chosen->id, chosen->weight / total, static_cast<std::int64_t>(candidates_.size())};
}

}  // namespace trainbus
