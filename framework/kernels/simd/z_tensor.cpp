#include "kernels/simd/z_tensor.hpp"

#include "core/io/error.hpp"

namespace trainbus::kernels {

ZSource z_source(const Direction& d, TensorId tensor) {
  if (tensor == not_a_tensor)
    throw RunError("tensor number 65535 was asked for its z, but it is kept for other randomness",
                   "kernels", "A model can have at most 65535 parameter tensors.");
  return {{static_cast<std::uint32_t>(d.seed), static_cast<std::uint32_t>(d.seed >> 32)},
          tensor | static_cast<std::uint32_t>(d.direction) << 16,
          d.step};
}

}  // namespace trainbus::kernels
