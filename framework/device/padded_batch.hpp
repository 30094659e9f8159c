// A micro-batch for devices: sequences padded to one length, so that a run has batches of only a
// few shapes, and work that was recorded for a shape can be run with every batch of that shape.
#pragma once

#include <compare>
#include <cstdint>

#include "core/export.hpp"
#include "models/batch.hpp"

namespace trainbus::device {

// Everything that recorded work depends on, except for the numbers.
struct BatchShape {
  std::int64_t sequences = 0, length = 0;  // padded to this length
  std::int64_t logit_positions = 0;
  std::int64_t candidate_ids = 0;  // 0: all
  std::int64_t targets = 0, choices = 0, examples = 0;
  ChoiceScoring scoring = {};
  std::int64_t features = 0;  // of models that read features: numbers a sequence; else 0
  bool has_types = false, is_ragged = false, has_references = false;
  auto operator<=>(const BatchShape&) const = default;
};

// The length that sequences of up to `longest` tokens are padded to; few lengths, little padding.
TRAINBUS_EXPORT std::int64_t padded_length(std::int64_t longest);

// The shape of a task's batch. Throws RunError if it cannot be padded.
TRAINBUS_EXPORT BatchShape shape_of(const Batch& batch);

// A block of memory that holds a batch of a shape.
class TRAINBUS_EXPORT PaddedBatch {
 public:
  // memory: layout_bytes(shape) bytes on the host or the device, aligned to 16.
  PaddedBatch(const BatchShape& shape, at::Tensor memory);
  static std::int64_t layout_bytes(const BatchShape& shape);

  // Fills the memory, which must be on the host, with a batch of the shape. Continuations of shared
  // prefixes become sequences of their own.
  void fill(const Batch& batch);
  // Views of the memory, for a model: as Batch says, with padding behind each sequence. Its offsets
  // are on the host.
  Batch batch() const;
  const at::Tensor& memory() const { return memory_; }

 private:
  at::Tensor numbers(std::int64_t part) const;

  BatchShape shape_;
  at::Tensor memory_;
};

}  // namespace trainbus::device
