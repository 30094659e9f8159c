// The batches of an evaluation: which examples, and in which order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/export.hpp"

namespace trainbus::tasks {

// All examples, or `limit` of them spread evenly; longest first, so that batches hold texts of
// similar length and memory peaks in the first batch.
class TRAINBUS_EXPORT EvaluationBatches {
 public:
  EvaluationBatches() = default;
  // lengths: of each example, in tokens. limit: 0 for all. batch_size: at least 1.
  EvaluationBatches(std::span<const std::size_t> lengths, std::int64_t limit,
                    std::int64_t batch_size);

  std::int64_t count() const;  // of batches
  // Indices of the examples of a batch, of which the last one may be shorter. Throws RunError for
  // an index that is out of range.
  std::span<const std::uint32_t> batch(std::int64_t index) const;

 private:
  std::vector<std::uint32_t> order_;
  std::size_t batch_size_ = 1;
};

// Throws RunError unless 0 <= index < count.
TRAINBUS_EXPORT void check_batch_index(std::int64_t index, std::int64_t count);

}  // namespace trainbus::tasks
