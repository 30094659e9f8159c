#include "models/families/learned_positions.hpp"

#include <ATen/core/Tensor.h>

#include "core/io/error.hpp"

namespace trainbus {

at::Tensor learned_positions(const Batch& batch, std::int64_t count) {
  const std::int64_t longest = longest_sequence(batch);
  if (longest <= count) return token_positions(batch);
  throw RunError("a sequence has " + std::to_string(longest) + " tokens, the model has " +
                     std::to_string(count) + " positions",
                 "--task.max-tokens", "Give fewer.");
}

}  // namespace trainbus
