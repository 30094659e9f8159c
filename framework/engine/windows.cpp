#include "engine/windows.hpp"

#include <algorithm>
#include <string>

#include "core/io/error.hpp"
#include "engine/batch_check.hpp"

namespace trainbus {
namespace {

std::uint64_t checked(std::int64_t batches) {
  if (batches > 0) return static_cast<std::uint64_t>(batches);
  throw UsageError(
      "the task has " + std::to_string(batches) + " training batches, expected at least 1", "task",
      "Give it training data.");
}

}  // namespace

Windows::Windows(const Task& task, std::uint64_t micro_batches)
    : task_(task),
      micro_batches_(std::max<std::uint64_t>(micro_batches, 1)),
      batches_(checked(task.batches_per_epoch())),
      per_epoch_((batches_ - 1) / micro_batches_ + 1) {}

std::vector<Batch> Windows::of_step(std::uint64_t step) const {
  const std::uint64_t first = step % per_epoch_ * micro_batches_;
  const std::uint64_t last = std::min(micro_batches_, batches_ - first) + first;
  std::vector<Batch> window;
  window.reserve(last - first);
  for (std::uint64_t i = first; i < last; ++i) {
    window.push_back(task_.train_batch(step / per_epoch_, static_cast<std::int64_t>(i)));
    check_batch(window.back(), {"a micro-batch of step", step + 1});
  }
  return window;
}

}  // namespace trainbus
