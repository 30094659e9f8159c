#include "kernels/simd/z_tensor.hpp"

#include <string>

#include "core/io/error.hpp"

namespace trainbus::kernels {

ZSource z_source(const Direction& d, TensorId tensor) {
  if (tensor == not_a_tensor)
    throw RunError("tensor number 65535 was asked for its z, but it is kept for other randomness",
                   "kernels", "A model can have at most 65535 parameter tensors.");
  const std::uint32_t direction = d.shares > 1 ? 0 : d.direction;
  return {{static_cast<std::uint32_t>(d.seed), static_cast<std::uint32_t>(d.seed >> 32)},
          tensor | direction << 16,
          d.step};
}

Share share_of(const Direction& d, const Shape& shape) {
  if (d.shares == 0 || (d.shares > 1 && d.direction >= d.shares))
    throw RunError("share " + std::to_string(d.direction) + " of " + std::to_string(d.shares) +
                       " was asked for",
                   "kernels", "Shares count from 0, and there is at least 1.");
  const std::uint32_t period = d.shares, number = period > 1 ? d.direction : 0;
  Share share{period, number, 64 % period, 0, shape.columns()};
  for (std::uint32_t bit = 0; bit < 64; bit += d.shares) share.comb |= std::uint64_t{1} << bit;
  return share;
}

}  // namespace trainbus::kernels
