// The order of training examples: batches as a pure function of (seed, epoch).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/export.hpp"

namespace trainbus::tasks {

// The random numbers of one epoch's order: kernels::philox_word(seed, i, epoch) for i = 0, 1, ….
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

// The examples of one epoch: a permutation of 0 … count - 1, count below 2^32.
TRAINBUS_EXPORT std::vector<std::uint32_t> epoch_order(std::size_t count, std::uint64_t seed,
                                                       std::uint64_t epoch);

// Any batch of any epoch, by number. A batch is batch_size consecutive examples of the epoch's
// order; the last one of an epoch may be shorter, as in Hugging Face's Trainer. The order of the
// current epoch is cached. One thread.
class TRAINBUS_EXPORT EpochBatches {
 public:
  // Throws UsageError for 2^32 examples or more and a batch size of 0.
  EpochBatches(std::size_t count, std::size_t batch_size, std::uint64_t seed);

  std::int64_t count() const;  // batches in one epoch
  // Indices of the examples of batch `index`, 0 <= index < count(); valid until the next call.
  std::span<const std::uint32_t> batch(std::uint64_t epoch, std::int64_t index);

 private:
  std::size_t count_, batch_size_;
  std::uint64_t seed_;
  std::vector<std::uint32_t> order_;  // of epoch_
  std::uint64_t epoch_ = 0;
};

}  // namespace trainbus::tasks
