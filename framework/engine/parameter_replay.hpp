// Updates of earlier attempts done again: many steps in one pass over the parameters, to the bit
// what one step after the other gives.
#pragma once

#include <span>
#include <vector>

#include "engine/counter_direction.hpp"
#include "kernels/update.hpp"
#include "models/parameters.hpp"

namespace trainbus {

// One update: θ ← (1 − decay)·θ − Σ coefficient·z for every parameter, the decay for those that
// decay. At least one term; all are of one class.
TRAINBUS_EXPORT void update_parameters(Parameters& parameters,
                                       std::span<const Direction::Term> terms, float decay);

// Collects updates and carries them out when there are enough, when one comes that cannot wait, or
// when flush() is called. Nobody may read the parameters before. One thread.
class TRAINBUS_EXPORT ParameterReplay {
 public:
  static constexpr std::size_t steps_at_once = 256;

  // The parameters must outlive it.
  explicit ParameterReplay(Parameters& parameters) : parameters_(parameters) {}

  // As update_parameters. Terms of counter-based directions are kept until they are due, others are
  // carried out at once.
  void update(std::span<const Direction::Term> terms, float decay);
  void flush();

 private:
  struct Step {
    std::vector<kernels::Term> terms;
    float decay;
  };
  bool can_wait(std::span<const Direction::Term> terms);

  Parameters& parameters_;
  std::vector<Step> waiting_;
  std::span<const float> limits_;  // of the waiting ones
};

}  // namespace trainbus
