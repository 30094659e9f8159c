// Checks that a batch and the scores that a model returns for it are as models/batch.hpp says.
// Tasks and models come from users, so errors are reported before an index is used to read memory.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "core/export.hpp"
#include "models/batch.hpp"

namespace trainbus {

// Names a batch in messages: "a micro-batch of step" 7.
struct TRAINBUS_EXPORT BatchPlace {
  const char* what;
  std::uint64_t number;
  std::string text() const;
};

// Checks a batch in host memory, as a task makes it. Throws RunError if it is empty or one of its
// indices is out of range.
TRAINBUS_EXPORT void check_batch(const Batch& batch, BatchPlace place);

// Checks the logits of the batch: [sides, R, C] with one row for each logit position and one column
// for each class, and every target is one of the columns. Throws RunError.
TRAINBUS_EXPORT void check_logits(const at::Tensor& logits, const Batch& batch, std::int64_t sides,
                                  BatchPlace place);

}  // namespace trainbus
