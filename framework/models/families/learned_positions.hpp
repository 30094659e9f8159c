// Rows of a learned position embedding.
#pragma once

#include "models/batch.hpp"

namespace trainbus {

// token_positions(batch), checked: throws RunError if one is not below `count`.
at::Tensor learned_positions(const Batch& batch, std::int64_t count);

}  // namespace trainbus
