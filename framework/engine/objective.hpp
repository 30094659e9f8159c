// What a zeroth-order step minimises: it needs values only, so that they need no gradient.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "models/batch.hpp"

namespace trainbus {

enum class Objective : std::uint8_t {
  Loss,      // the mean cross-entropy of the batch
  Accuracy,  // 1 − accuracy: the share of the batch's examples that are answered wrongly
};

// As --objective names them, in the enum's order.
TRAINBUS_EXPORT const std::vector<std::string>& objective_names();
// Throws std::out_of_range for a name that is none of them.
TRAINBUS_EXPORT Objective objective_named(std::string_view name);

// The objective's value of each side, from the batch's logits [S, R, C]. Of an example with equal
// scores the lowest class is its answer. NaN if a score is NaN, or the best one not finite; −∞ is a
// choice that the example has not.
TRAINBUS_EXPORT std::vector<float> objective_values(Objective objective, const at::Tensor& logits,
                                                    const Batch& batch);

// The same of each answer: of each target or, with answer choices, of each label; side by side,
// [S · answers]. Their mean over a side is the batch's value.
TRAINBUS_EXPORT std::vector<float> example_values(Objective objective, const at::Tensor& logits,
                                                  const Batch& batch);

}  // namespace trainbus
