#include "kernels/magnitude_limit.hpp"

#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "kernels/simd/z_tensor.hpp"

namespace trainbus::kernels {
namespace {

// Magnitudes are ordered like their bit patterns: 31 bits, of which the high 16 are compared first.
constexpr int low_bits = 15;
constexpr std::size_t high_values = std::size_t{1} << (31 - low_bits);
constexpr std::size_t low_values = std::size_t{1} << low_bits;

using Histogram = std::vector<std::int64_t>;

// Counts how often bin(pattern) has each value; patterns whose bin is beyond the last are ignored.
template <class Bin>
Histogram histogram(const ConstStored& theta, std::int64_t count, std::size_t bins,
                    const Bin& bin) {
  constexpr std::int64_t piece = 4096;
  const KernelTable& table = kernel_table();
  Histogram total(bins);
#pragma omp parallel if (count > 64 * piece)
  {
    Histogram mine(bins);
    std::vector<float> values(piece);
#pragma omp for schedule(static)
    for (std::int64_t begin = 0; begin < count; begin += piece) {
      const std::int64_t size = std::min(piece, count - begin);
      table.load(only_read(advanced(theta, begin)), values.data(), size);
      for (std::int64_t i = 0; i < size; ++i) {
        const auto bits = std::bit_cast<std::uint32_t>(values[static_cast<std::size_t>(i)]);
        const std::size_t b = bin(bits & 0x7fffffff);
        if (b < bins) ++mine[b];
      }
    }
#pragma omp critical(trainbus_histogram)
    for (std::size_t b = 0; b < bins; ++b) total[b] += mine[b];
  }
  return total;
}

// The bin of the rank-th smallest, counted from 1; rank becomes its rank in that bin.
std::uint32_t bin_of(std::int64_t& rank, const Histogram& histogram) {
  std::uint32_t bin = 0;
  while (rank > histogram[bin]) rank -= histogram[bin++];
  return bin;
}

}  // namespace

float magnitude_limit(const ConstStored& parameters, std::int64_t count, double kept) {
  if (!(kept >= 0 && kept <= 1))
    throw RunError("the fraction " + std::to_string(kept) + " of a tensor was to be kept",
                   "kernels", "Keep a fraction between 0 and 1.");
  if (kept == 1) return no_magnitude_limit;
  auto rank = static_cast<std::int64_t>(std::ceil(kept * static_cast<double>(count)));
  if (rank <= 0) return -1;
  const ConstStored theta = forward_part(parameters);
  const std::uint32_t high = bin_of(
      rank, histogram(theta, count, high_values, [](std::uint32_t m) { return m >> low_bits; }));
  const std::uint32_t low =
      bin_of(rank, histogram(theta, count, low_values, [high](std::uint32_t m) {
               return m >> low_bits == high ? m & (low_values - 1) : low_values;
             }));
  return std::bit_cast<float>(high << low_bits | low);
}

}  // namespace trainbus::kernels
