// Applies the updates of replayed steps, many steps in one pass over the parameters, with the same
// bits as one step after the other.
#pragma once

#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "engine/directions/counter_direction.hpp"
#include "kernels/update.hpp"
#include "models/weights/parameters.hpp"

namespace trainbus {

// One update: θ ← (1 − decay)·θ − Σ coefficient·z for every trainable parameter, the decay for
// those that decay. At least one term; all are of one class.
TRAINBUS_EXPORT void update_parameters(Parameters& parameters,
                                       std::span<const Direction::Term> terms, float decay);

// Collects updates and applies them when there are enough, when one comes that cannot be collected,
// or when flush() is called. The parameters must not be read before. One thread.
class TRAINBUS_EXPORT ParameterReplay {
 public:
  static constexpr std::size_t steps_at_once = 256;

  // Thrown out of a pass that was given up: then the parameters are at a half-applied step.
  struct GivenUp {};

  // The parameters must outlive it. give_up is called several times a second during a pass over a
  // model of about 100 million parameters.
  explicit ParameterReplay(Parameters& parameters, std::function<bool()> give_up = {})
      : parameters_(parameters), give_up_(std::move(give_up)) {}

  // As update_parameters. Terms of counter-based directions are collected, others are applied at
  // once.
  void update(std::span<const Direction::Term> terms, float decay);
  void flush();

 private:
  struct Step {
    std::vector<kernels::Term> terms;
    float decay;
  };
  bool can_wait(std::span<const Direction::Term> terms);
  void replay(ParameterId id, std::span<kernels::UpdateStep> steps);

  Parameters& parameters_;
  std::function<bool()> give_up_;
  std::vector<Step> waiting_;
  std::span<const float> limits_;  // magnitude limits of the waiting steps
};

}  // namespace trainbus
