// Whether a batch and the scores that a model gives for it are what models/batch.hpp says. Tasks
// and models come from users: what is wrong is refused in words, before memory is read by it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "core/export.hpp"
#include "models/batch.hpp"

namespace trainbus {

// Which batch, for messages: "a micro-batch of step" 7.
struct TRAINBUS_EXPORT BatchPlace {
  const char* what;
  std::uint64_t number;
  std::string text() const;
};

// A batch in host memory, as a task makes it. Throws RunError if it is empty or an index of it
// points nowhere.
TRAINBUS_EXPORT void check_batch(const Batch& batch, BatchPlace place);

// logits of the batch: [sides, R, C] with one row for each position that is scored and one column
// for each class, and every target is one of the columns. Throws RunError.
TRAINBUS_EXPORT void check_logits(const at::Tensor& logits, const Batch& batch, std::int64_t sides,
                                  BatchPlace place);

}  // namespace trainbus
