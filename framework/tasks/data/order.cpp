#include "tasks/data/order.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "core/io/error.hpp"
#include "kernels/philox.hpp"

namespace trainbus::tasks {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();

}  // namespace

ShuffleStream::ShuffleStream(std::uint64_t seed, std::uint64_t epoch)
    : seed_(seed), epoch_(static_cast<std::uint32_t>(epoch)) {
  if (epoch > most)
    throw RunError("epoch " + std::to_string(epoch) + " is beyond 32 bits", "data order", "");
}

std::uint32_t ShuffleStream::next() { return kernels::philox_word(seed_, index_++, epoch_); }

std::uint32_t ShuffleStream::below(std::uint32_t bound) {
  std::uint64_t product = std::uint64_t{next()} * bound;
  if (static_cast<std::uint32_t>(product) < bound) {
    const std::uint32_t rejected = (0u - bound) % bound;  // 2^32 mod bound
    while (static_cast<std::uint32_t>(product) < rejected) product = std::uint64_t{next()} * bound;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

void shuffle(std::span<std::uint32_t> values, ShuffleStream& stream) {
  for (std::size_t i = values.size(); i > 1; --i)
    std::swap(values[i - 1], values[stream.below(static_cast<std::uint32_t>(i))]);
}

std::vector<std::uint32_t> epoch_order(std::size_t count, std::uint64_t seed, std::uint64_t epoch) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  ShuffleStream stream(seed, epoch);
  shuffle(order, stream);
  return order;
}

EpochBatches::EpochBatches(std::size_t count, std::size_t batch_size, std::uint64_t seed)
    : count_(count), batch_size_(batch_size), seed_(seed) {
  if (count > most)
    throw UsageError("found " + std::to_string(count) + " examples, expected fewer than 2^32",
                     "data order", "Take a part of them.");
  if (batch_size == 0) throw UsageError("found a batch size of 0", "batch-size", "Give 1 or more.");
}

std::int64_t EpochBatches::count() const {
  return static_cast<std::int64_t>(count_ / batch_size_ + (count_ % batch_size_ != 0));
}

std::span<const std::uint32_t> EpochBatches::batch(std::uint64_t epoch, std::int64_t index) {
  if (order_.empty() || epoch != epoch_) {
    order_ = epoch_order(count_, seed_, epoch);
    epoch_ = epoch;
  }
  const std::size_t first = static_cast<std::size_t>(index) * batch_size_;
  return std::span<const std::uint32_t>(order_).subspan(first,
                                                        std::min(batch_size_, count_ - first));
}

}  // namespace trainbus::tasks
