// Formulas: transformers, modeling_rope_utils.py. Every step is rounded to float32 where its
// tensors are.
#include "models/layers/rope_frequencies.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "core/io/error.hpp"
#include "kernels/rotary.hpp"

namespace trainbus {
namespace {

constexpr double turn = 2 * std::numbers::pi;

// θ' = θ · (factor·n/positions − (factor − 1))^(d/(d−2)) for a text of n tokens, n >= positions.
double dynamic_theta(const Rope& rope, double d, std::int64_t positions, std::int64_t length) {
  const double stretch =
      static_cast<double>(std::max(length, positions)) / static_cast<double>(positions);
  return rope.theta * std::pow(rope.factor * stretch - (rope.factor - 1), d / (d - 2));
}

// Waves longer than original/low are stretched, those shorter than original/high stay, and between
// them the two are mixed by how many waves the original length holds.
void scale_as_llama3(const Rope& rope, std::vector<float>& frequencies) {
  const double original = static_cast<double>(rope.original_positions);
  const double low = rope.low_frequency_factor, high = rope.high_frequency_factor;
  const auto factor = static_cast<float>(rope.factor);
  for (float& f : frequencies) {
    const float wave = static_cast<float>(turn) / f;
    if (wave < static_cast<float>(original / high)) continue;
    if (wave > static_cast<float>(original / low)) {
      f /= factor;
      continue;
    }
    const float smooth = (static_cast<float>(original) / wave - static_cast<float>(low)) /
                         static_cast<float>(high - low);
    f = (1 - smooth) * f / factor + smooth * f;
  }
}

// The feature whose wave turns so many times over the original length, a real number.
double feature_of_turns(const Rope& rope, double d, double turns) {
  return d * std::log(static_cast<double>(rope.original_positions) / (turns * turn)) /
         (2 * std::log(rope.theta));
}

// Features before `low` stay, those after `high` are stretched, and between them it is a ramp.
void scale_as_yarn(const Rope& rope, double d, std::vector<float>& frequencies) {
  double low = feature_of_turns(rope, d, rope.beta_fast);
  double high = feature_of_turns(rope, d, rope.beta_slow);
  if (rope.truncate) low = std::floor(low), high = std::ceil(high);
  low = std::max(low, 0.0);
  high = std::min(high, d - 1);
  if (low == high) high += 0.001;
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    const float ramp =
        (static_cast<float>(i) - static_cast<float>(low)) / static_cast<float>(high - low);
    const float stay = 1 - std::clamp(ramp, 0.0f, 1.0f);
    const float stretched = 1 / (static_cast<float>(rope.factor) / frequencies[i]);
    frequencies[i] = stretched * (1 - stay) + frequencies[i] * stay;
  }
}

void divide(const std::vector<double>& divisors, std::vector<float>& frequencies) {
  if (divisors.size() != frequencies.size())
    throw UsageError(std::to_string(divisors.size()) + " rope factors, expected " +
                         std::to_string(frequencies.size()) + ", half as many as numbers turn",
                     "rope_scaling", "Use an intact configuration.");
  for (std::size_t i = 0; i < frequencies.size(); ++i)
    frequencies[i] = 1 / (static_cast<float>(divisors[i]) * (1 / frequencies[i]));
}

}  // namespace

std::int64_t rope_short_length(const Rope& rope, std::int64_t positions) {
  if (rope.kind == RopeKind::Dynamic) return positions;
  if (rope.kind == RopeKind::LongRope && rope.short_factors != rope.long_factors)
    return rope.original_positions;
  return std::numeric_limits<std::int64_t>::max();
}

std::vector<float> rope_frequencies(const Rope& rope, std::int64_t head_dim, std::int64_t positions,
                                    std::int64_t length) {
  const std::int64_t rotated = rotated_features(rope, head_dim);
  const auto d = static_cast<double>(rotated);
  std::vector<float> frequencies(static_cast<std::size_t>(rotated / 2));
  const bool dynamic = rope.kind == RopeKind::Dynamic && rotated > 2;
  kernels::rotary_frequencies(dynamic ? dynamic_theta(rope, d, positions, length) : rope.theta,
                              frequencies);
  switch (rope.kind) {
    case RopeKind::Default:
    case RopeKind::Dynamic:
      break;
    case RopeKind::Linear:
      for (float& f : frequencies) f /= static_cast<float>(rope.factor);
      break;
    case RopeKind::Llama3:
      scale_as_llama3(rope, frequencies);
      break;
    case RopeKind::Yarn:
      scale_as_yarn(rope, d, frequencies);
      break;
    case RopeKind::LongRope:
      divide(length > rope.original_positions ? rope.long_factors : rope.short_factors,
             frequencies);
      break;
  }
  return frequencies;
}

}  // namespace trainbus
