// Any training batch of any epoch, by number: the order of an epoch is made once and kept.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "tasks/order.hpp"

namespace trainbus::tasks {

// One thread.
class EpochBatches {
 public:
  // count > 0 examples; options.batch_size > 0.
  EpochBatches(std::size_t count, OrderOptions options) : count_(count), options_(options) {}

  // In one epoch; the last one may be short.
  std::int64_t count() const {
    return static_cast<std::int64_t>((count_ + options_.batch_size - 1) / options_.batch_size);
  }
  // Indices of the examples of batch `index` of `epoch`; valid until the next call.
  std::span<const std::uint32_t> batch(std::uint64_t epoch, std::int64_t index) {
    if (order_.empty() || epoch != epoch_) {
      order_ = epoch_order(count_, options_, epoch);
      epoch_ = epoch;
    }
    const std::size_t first = static_cast<std::size_t>(index) * options_.batch_size;
    return std::span<const std::uint32_t>(order_).subspan(
        first, std::min(options_.batch_size, count_ - first));
  }

 private:
  std::size_t count_;
  OrderOptions options_;
  std::vector<std::uint32_t> order_;
  std::uint64_t epoch_ = 0;
};

}  // namespace trainbus::tasks
