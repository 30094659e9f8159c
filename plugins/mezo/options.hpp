// MeZO's options as typed values.
#pragma once

#include <cstdint>

#include "core/host/option.hpp"
#include "engine/step.hpp"
#include "kernels/direction.hpp"

namespace trainbus::mezo {

// How a projected gradient becomes a step length.
enum class StepRule { Plain, Sign, Clip, Adaptive, Deviation };

struct Options {
  double lr, eps, weight_decay;
  kernels::Distribution distribution;
  bool torch_rng;
  bool low_rank;
  WeightsKind weights;
  std::int64_t directions;
  Sides sides;
  bool shares;
  StepRule rule;
  double clip, beta, delta;
  double sparsity;
  std::int64_t rank, refresh;
  bool orthogonal;
  bool lossy_updates;

  // Throws UsageError for options that cannot be combined.
  explicit Options(const OptionValues& values);

  // Of D directions over P elements, each perturbs all of them, and the mean of g·z over the
  // directions is the estimate of the gradient ∇. With shares direction d perturbs P/D elements:
  // - by ε√D each, so that the perturbation has the same length, ε√P, and the difference of the
  //   losses the same magnitude beside their rounding;
  // - E[g·z] = ∇_d, the gradient's part in the share, so the sum of g·z estimates ∇. It is not
  //   divided by D: each element has one term. With z = ±1 its expected square is
  //   Σ_d (P/D)·‖∇_d‖² = (P/D)·‖∇‖², the mean's (P/D)·‖∇‖² + (1 − 1/D)·‖∇‖² but for a part that
  //   counts only when there are as many directions as elements. So the same learning rates apply;
  // - E[g²] = ‖∇_d‖², so it is the sum of g² that estimates ‖∇‖², where without shares the mean is.
  double perturbation() const;                                          // of each element
  double estimates_in_mean() const { return shares ? 1 : directions; }  // what Σ g·z, Σ g² are over
};

}  // namespace trainbus::mezo
