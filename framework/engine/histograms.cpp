#include "engine/histograms.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace trainbus {
namespace {

Histogram moments_of(std::span<const float> values) {
  Histogram result;
  float least = std::numeric_limits<float>::infinity(), greatest = -least;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    least = std::min(least, value);
    greatest = std::max(greatest, value);
    const double wide = value;
    result.sum += wide;
    result.sum_squares += wide * wide;
    result.count += 1;
  }
  result.nonfinite = static_cast<double>(values.size()) - result.count;
  if (result.count > 0) {
    result.min = least;
    result.max = greatest;
  }
  return result;
}

}  // namespace

Histogram histogram_of(std::span<const float> values) {
  Histogram result = moments_of(values);
  if (result.count == 0) return result;
  const double range = result.max - result.min;
  if (range == 0) {
    result.limits = {result.max};
    result.counts = {result.count};
    return result;
  }
  std::array<std::uint64_t, histogram_buckets> counts{};
  const double scale = static_cast<double>(histogram_buckets) / range;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    const auto bucket = static_cast<std::size_t>((value - result.min) * scale);
    ++counts[std::min(bucket, histogram_buckets - 1)];
  }
  for (std::size_t i = 0; i < histogram_buckets; ++i) {
    result.limits.push_back(
        i + 1 == histogram_buckets ? result.max : result.min + static_cast<double>(i + 1) / scale);
    result.counts.push_back(static_cast<double>(counts[i]));
  }
  return result;
}

Histogram histogram_of(const Parameter& parameter) {
  const auto count = static_cast<std::size_t>(parameter.value.numel());
  const kernels::ConstStored stored = parameter.stored();
  if (stored.format == kernels::Format::Float32)
    return histogram_of(std::span(static_cast<const float*>(stored.values), count));
  std::vector<float> values(count);
  kernels::load(stored, values.data(), parameter.value.numel());
  return histogram_of(values);
}

}  // namespace trainbus
