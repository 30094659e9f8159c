// The frequencies of a rotary position embedding, as transformers computes them.
#pragma once

#include <cstdint>
#include <vector>

#include "core/export.hpp"
#include "formats/config/rope.hpp"

namespace trainbus {

// [rotated_features / 2] float32, in the order of a head's numbers. positions: the model's
// (max_position_embeddings). length: of the text in tokens, which matters to Dynamic and LongRope
// alone. Throws UsageError if LongRope's divisors are not as many.
TRAINBUS_EXPORT std::vector<float> rope_frequencies(const Rope& rope, std::int64_t head_dim,
                                                    std::int64_t positions, std::int64_t length);

// The longest text that has the frequencies of a short one; longer ones have others.
TRAINBUS_EXPORT std::int64_t rope_short_length(const Rope& rope, std::int64_t positions);

}  // namespace trainbus
