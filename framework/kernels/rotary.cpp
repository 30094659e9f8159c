#include "kernels/rotary.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "core/io/error.hpp"

namespace trainbus::kernels {

void rotary_frequencies(double base, std::span<float> frequencies) {
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    // Every step is rounded to float32, as the original's tensors are; the power itself is exact to
    // 1/2 ulp.
    const float exponent = static_cast<float>(i) / static_cast<float>(frequencies.size());
    frequencies[i] = 1 / static_cast<float>(std::pow(base, static_cast<double>(exponent)));
  }
}

void fill_rotary_table(std::int64_t positions, std::span<const float> frequencies, float* cosines,
                       float* sines) {
  for (std::int64_t t = 0; t < positions; ++t)
    for (const float frequency : frequencies) {
      const float angle = static_cast<float>(t) * frequency;
      *cosines++ = static_cast<float>(std::cos(static_cast<double>(angle)));
      *sines++ = static_cast<float>(std::sin(static_cast<double>(angle)));
    }
}

void fill_rotary_table(std::int64_t positions, std::int64_t head_dim, double base, float* cosines,
                       float* sines) {
  if (head_dim < 0 || head_dim % 2 != 0)
    throw RunError("rotary position embedding of a head of " + std::to_string(head_dim) +
                       " features, expected an even number",
                   "kernels", "Check head_dim in the model's configuration.");
  std::vector<float> frequencies(static_cast<std::size_t>(head_dim / 2));
  rotary_frequencies(base, frequencies);
  fill_rotary_table(positions, frequencies, cosines, sines);
}

}  // namespace trainbus::kernels
