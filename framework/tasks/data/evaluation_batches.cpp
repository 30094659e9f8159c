#include "tasks/data/evaluation_batches.hpp"

#include <algorithm>
#include <functional>
#include <string>

#include "core/io/error.hpp"

namespace trainbus::tasks {

EvaluationBatches::EvaluationBatches(std::span<const std::size_t> lengths, std::int64_t limit,
                                     std::int64_t batch_size)
    : batch_size_(static_cast<std::size_t>(batch_size)) {
  const std::size_t count = lengths.size();
  const std::size_t taken = limit > 0 ? std::min(count, static_cast<std::size_t>(limit)) : count;
  order_.resize(taken);
  for (std::size_t i = 0; i < taken; ++i) order_[i] = static_cast<std::uint32_t>(i * count / taken);
  std::ranges::stable_sort(order_, std::greater<>(), [&](std::uint32_t i) { return lengths[i]; });
}

std::int64_t EvaluationBatches::count() const {
  return static_cast<std::int64_t>((order_.size() + batch_size_ - 1) / batch_size_);
}

std::span<const std::uint32_t> EvaluationBatches::batch(std::int64_t index) const {
  check_batch_index(index, count());
  const std::size_t begin = static_cast<std::size_t>(index) * batch_size_;
  return std::span(order_).subspan(begin, std::min(batch_size_, order_.size() - begin));
}

void check_batch_index(std::int64_t index, std::int64_t count) {
  if (index < 0 || index >= count)
    throw RunError(
        "batch " + std::to_string(index) + " was asked for, there are " + std::to_string(count),
        "the task's data", "");
}

}  // namespace trainbus::tasks
