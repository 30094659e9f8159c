// Measures which learning rate and ε suit a model and its data: along random directions, in a few
// dozen forward passes, before training.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/export.hpp"
#include "engine/task.hpp"
#include "kernels/direction.hpp"
#include "models/model.hpp"

namespace trainbus {

struct ProbeOptions {
  std::int64_t directions = 8;     // n; each takes six losses
  std::int64_t micro_batches = 1;  // each loss is the mean over so many, as in a training step
  double eps = 1e-3;               // ε of the measurements along the directions
  std::uint64_t seed = 0;
  kernels::Distribution distribution = kernels::Distribution::Rademacher;
};

// A mean over directions and its standard error.
struct Estimate {
  double mean = 0, error = 0;
};

// The projected gradient of one direction and step at some ε.
struct EpsilonTrial {
  double eps = 0, g = 0;
};

// Along z with E[zzᵀ] = I, and g = (L(θ+εz) − L(θ−εz))/2ε on one step's batches (arXiv 2305.17333):
//   E[g_a·g_b] = |∇L|² for two steps' batches a and b under one z: their noise does not correlate
//   E[g²]      = |∇L|² + noise of the batches: what an update is made of
//   E[L(θ+εz) + L(θ−εz) − 2L(θ)]/ε² = tr H
// A step of θ ← θ − ηgz then changes the loss by −η|∇L|² + η²/2·E[g²]·tr H to second order: least
// at η = |∇L|²/(E[g²]·tr H).
struct Probe {
  std::int64_t forwards = 0;
  double loss = 0;                   // L(θ)
  Estimate squared_gradient;         // E[g_a·g_b]
  Estimate squared_estimate;         // E[g²]
  Estimate curvature;                // tr H
  std::vector<EpsilonTrial> trials;  // along one direction, largest ε first

  // E[g_a·g_b]/E[g²] in [0, 1]: how much of an estimate is gradient, not noise of its batch.
  double agreement = 0;
  double lr = 0;   // proposed: a quarter of the best, tr H taken at its upper bound; 0: none
  double eps = 0;  // proposed: the largest whose g is within 3 % of the trials' median
  // The expected drop of the loss in the first step at that rate.
  TRAINBUS_EXPORT double expected_drop() const;
};

// The upper bound of tr H that the proposal uses: two standard errors above the mean.
TRAINBUS_EXPORT double curvature_bound(const Probe& probe);

// progress(forwards done, of how many) → whether to go on; if not, the numbers measured so far are
// returned with lr = 0. Uses the first batches of the training order. θ is not changed.
TRAINBUS_EXPORT Probe probe(const Model& model, const Task& task, const ProbeOptions& options,
                            const std::function<bool(std::int64_t, std::int64_t)>& progress);

// Computes agreement, lr and eps from the measured numbers.
TRAINBUS_EXPORT void propose(Probe& probe);

}  // namespace trainbus
