#include "models/learned_positions.hpp"

#include <ATen/core/Tensor.h>

#include "core/error.hpp"

namespace trainbus {

at::Tensor learned_positions(const Batch& batch, std::int64_t count) {
  at::Tensor positions = token_positions(batch);
  const std::int64_t longest =
      positions.numel() == 0 ? 0 : positions.max().item<std::int64_t>() + 1;
  if (longest <= count) return positions;
  throw RunError("a sequence has " + std::to_string(longest) + " tokens, the model has " +
                     std::to_string(count) + " positions",
                 "--task.max-tokens", "Give fewer.");
}

}  // namespace trainbus
