// In which order examples are trained on: batches as a pure function of (seed, epoch).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/export.hpp"

namespace trainbus::tasks {

// The random words of one epoch's order: kernels::philox_word(seed, i, epoch) for i = 0, 1, ….
class TRAINBUS_EXPORT ShuffleStream {
 public:
  // Throws RunError for an epoch beyond 32 bits.
  ShuffleStream(std::uint64_t seed, std::uint64_t epoch);

  std::uint32_t next();
  // Uniform in [0, bound), without bias: Lemire, "Fast random integer generation in an interval"
  // (arXiv 1805.10941), algorithm 5 with 32-bit words. bound > 0.
  std::uint32_t below(std::uint32_t bound);

 private:
  std::uint64_t seed_;
  std::uint32_t epoch_;
  std::uint64_t index_ = 0;
};

// Fisher-Yates: for i from the last down to 1, swaps element i with element below(i + 1).
TRAINBUS_EXPORT void shuffle(std::span<std::uint32_t> values, ShuffleStream& stream);

// How far training has come: `index` examples of this epoch have been taken.
struct DataCursor {
  std::uint64_t epoch = 0;
  std::uint64_t index = 0;
  bool operator==(const DataCursor&) const = default;
};

struct OrderOptions {
  std::size_t batch_size = 1;
  std::uint64_t seed = 0;
  bool shuffled = true;  // false: 0, 1, 2, …
  // Sort windows of this many batches by length, so that a batch holds prompts of like length, and
  // shuffle the full batches of each window again, so that lengths do not rise within it. 0: off.
  std::size_t length_window = 0;
};

// The examples of one epoch: a permutation of 0 … count - 1. lengths: of each example in tokens,
// needed with length_window only.
TRAINBUS_EXPORT std::vector<std::uint32_t> epoch_order(std::size_t count,
                                                       const OrderOptions& options,
                                                       std::uint64_t epoch,
                                                       std::span<const std::uint32_t> lengths = {});

// Walks the batches of one epoch after the other, without end. A batch is batch_size consecutive
// examples of the epoch's order; the last one of an epoch is short if they do not come out even, as
// in Hugging Face's Trainer. A walk that starts at another's cursor goes on exactly as that one.
class TRAINBUS_EXPORT BatchWalk {
 public:
  // Throws UsageError for no examples, more than 2^32 - 1, a batch size of 0, a cursor beyond the
  // examples, and lengths that are needed and not as many.
  BatchWalk(std::size_t count, OrderOptions options, DataCursor start = {},
            std::vector<std::uint32_t> lengths = {});

  // Indices of the next batch's examples; valid until the next call.
  std::span<const std::uint32_t> next();
  // Where the next batch begins; {epoch + 1, 0} behind the last one of an epoch.
  DataCursor cursor() const { return cursor_; }
  std::size_t batches_per_epoch() const;

 private:
  std::size_t count_;
  OrderOptions options_;
  std::vector<std::uint32_t> lengths_;
  DataCursor cursor_;
  std::vector<std::uint32_t> order_;  // of epoch order_epoch_
  std::uint64_t order_epoch_ = 0;
};

}  // namespace trainbus::tasks
