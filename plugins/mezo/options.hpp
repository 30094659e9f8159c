// MeZO's options as typed values.
#pragma once

#include <cstdint>

#include "core/host/option.hpp"
#include "engine/step.hpp"
#include "kernels/direction.hpp"

namespace trainbus::mezo {

// How a projected gradient becomes a step length.
enum class StepRule { Plain, Sign, Clip, Adaptive };

struct Options {
  double lr, eps, weight_decay;
  kernels::Distribution distribution;
  bool torch_rng;
  bool low_rank;
  WeightsKind weights;
  std::int64_t directions;
  StepRule rule;
  double clip, beta, delta;
  double sparsity;
  std::int64_t rank, refresh;
  bool lossy_updates;

  // Throws UsageError for options that cannot be combined.
  explicit Options(const OptionValues& values);
};

}  // namespace trainbus::mezo
