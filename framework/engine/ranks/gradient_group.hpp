// All processes of a first-order run: their gradients are summed, and a worker starts from the
// leader's parameters.
#pragma once

#include <ATen/core/Tensor.h>

#include <chrono>
#include <memory>
#include <span>

#include "core/export.hpp"
#include "engine/optimizer.hpp"
#include "engine/ranks/meeting.hpp"

namespace trainbus::ranks {

// A Gloo group. All processes make the same calls in the same order. The sums' last bits depend on
// the number of processes and on how the tensors are cut, which is fixed: for one number of
// processes they are the same on all of them and in every run. Throws RunError if a process is
// lost.
class TRAINBUS_EXPORT GradientGroup {
 public:
  // Waits for all.
  GradientGroup(Meeting& meeting, int rank, int size, std::chrono::milliseconds patience);
  ~GradientGroup();

  // Replaces each tensor, float32 on the CPU, by the sum of all processes' tensors.
  void sum(std::span<const at::Tensor> tensors);
  // Gives the leader's parameters and optimizer's state to all; state: of the leader, and its
  // result on the others.
  void share(Parameters& parameters, OptimizerState& state);

 private:
  class Group;
  std::unique_ptr<Group> group_;
};

}  // namespace trainbus::ranks
