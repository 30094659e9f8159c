// Which micro-batches each step is made of.
#pragma once

#include <cstdint>
#include <vector>

#include "core/export.hpp"
#include "engine/task.hpp"
#include "models/batch.hpp"

namespace trainbus {

// An epoch's micro-batches in order, cut into windows of micro_batches; the last one of an epoch
// may be shorter.
class TRAINBUS_EXPORT Windows {
 public:
  // The task must outlive it. Throws UsageError if the task has no training batch.
  Windows(const Task& task, std::uint64_t micro_batches);

  std::uint64_t per_epoch() const { return per_epoch_; }  // steps
  // The micro-batches of a step, counted from 0. Throws RunError if a batch is not as
  // models/batch.hpp says.
  std::vector<Batch> of_step(std::uint64_t step) const;

 private:
  const Task& task_;
  std::uint64_t micro_batches_, batches_, per_epoch_;
};

}  // namespace trainbus
