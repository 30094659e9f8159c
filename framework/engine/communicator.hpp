// The processes that train one model together, as the loop sees them: what it computes, they share.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "core/ranks/work.hpp"

namespace trainbus {

// Every process takes the same steps. What a step asks for is a round of work that they share (see
// ranks::Rounds): all get the same numbers, in the same order, so that the number of processes does
// not show in them. One thread. Failures are thrown as RunError, ranks::StepAbandoned and
// ranks::RunIsOver.
class TRAINBUS_EXPORT Communicator : public ranks::Rounds {
 public:
  // How many processes there are now.
  virtual std::size_t size() const = 0;
  // A round of its own, for an evaluation. False: it was given up.
  virtual bool evaluate(const ranks::Work& work) = 0;
  // Replaces each tensor, float32 on the CPU, by the sum of all processes' tensors.
  virtual void sum(std::span<const at::Tensor> tensors) = 0;
  // A step has changed the parameters.
  virtual void parameters_changed() = 0;
  // Why the run has to end in order, to be resumed; empty: it need not.
  virtual std::string must_end() const = 0;
};

// A run of one process: it computes everything itself, each item when its turn comes. A round of a
// step that is given up ends with ranks::StepAbandoned: nothing has changed yet.
class TRAINBUS_EXPORT OneProcess final : public Communicator {
 public:
  void begin(const ranks::Work& work) override;
  bool finish(const ranks::Take& take = {}) override;
  std::size_t size() const override { return 1; }
  bool evaluate(const ranks::Work& work) override;
  void sum(std::span<const at::Tensor>) override {}
  void parameters_changed() override {}
  std::string must_end() const override { return {}; }

 private:
  // The numbers of a round that was begun and not taken yet.
  std::deque<std::vector<std::vector<float>>> rounds_;
};

}  // namespace trainbus
