#include "tasks/order.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "kernels/philox.hpp"

namespace trainbus::tasks {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();

// Sorts a window's examples by length, keeping the order of equals, and shuffles its full batches.
void group_by_length(std::span<std::uint32_t> window, std::size_t batch_size,
                     std::span<const std::uint32_t> lengths, ShuffleStream& stream) {
  std::stable_sort(window.begin(), window.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return lengths[a] < lengths[b]; });
  std::vector<std::uint32_t> batches(window.size() / batch_size);
  std::iota(batches.begin(), batches.end(), 0u);
  shuffle(batches, stream);
  const std::vector<std::uint32_t> sorted(window.begin(), window.end());
  for (std::size_t i = 0; i < batches.size(); ++i)
    std::copy_n(sorted.begin() + static_cast<std::ptrdiff_t>(batches[i] * batch_size), batch_size,
                window.begin() + static_cast<std::ptrdiff_t>(i * batch_size));
}

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

std::vector<std::uint32_t> epoch_order(std::size_t count, const OrderOptions& options,
                                       std::uint64_t epoch,
                                       std::span<const std::uint32_t> lengths) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  ShuffleStream stream(options.seed, epoch);
  if (options.shuffled) shuffle(order, stream);
  if (options.length_window == 0 || count == 0) return order;
  const std::size_t batch_size = std::clamp<std::size_t>(options.batch_size, 1, count);
  const std::size_t window = std::min(options.length_window, count / batch_size + 1) * batch_size;
  for (std::size_t begin = 0; begin < count; begin += window)
    group_by_length(std::span(order).subspan(begin, std::min(window, count - begin)), batch_size,
                    lengths, stream);
  return order;
}

BatchWalk::BatchWalk(std::size_t count, OrderOptions options, DataCursor start,
                     std::vector<std::uint32_t> lengths)
    : count_(count), options_(options), lengths_(std::move(lengths)), cursor_(start) {
  if (count == 0 || count > most)
    throw UsageError("found " + std::to_string(count) + " examples, expected 1 to 2^32 - 1",
                     "data order", "");
  if (options.batch_size == 0)
    throw UsageError("found a batch size of 0", "batch-size", "Give 1 or more.");
  if (start.index >= count)
    throw UsageError("example " + std::to_string(start.index) + " of " + std::to_string(count) +
                         " is where to go on",
                     "data order", "Resume with the data that the run began with.");
  if (options.length_window > 0 && lengths_.size() != count)
    throw UsageError("found " + std::to_string(lengths_.size()) + " lengths of " +
                         std::to_string(count) + " examples",
                     "data order", "Give each example's length.");
}

std::span<const std::uint32_t> BatchWalk::next() {
  if (order_.empty() || order_epoch_ != cursor_.epoch) {
    order_ = epoch_order(count_, options_, cursor_.epoch, lengths_);
    order_epoch_ = cursor_.epoch;
  }
  const std::size_t begin = cursor_.index;
  const std::size_t size = std::min(options_.batch_size, count_ - begin);
  cursor_.index += size;
  if (cursor_.index == count_) cursor_ = {cursor_.epoch + 1, 0};
  return std::span<const std::uint32_t>(order_).subspan(begin, size);
}

std::size_t BatchWalk::batches_per_epoch() const {
  return count_ / options_.batch_size + (count_ % options_.batch_size != 0);
}

}  // namespace trainbus::tasks
