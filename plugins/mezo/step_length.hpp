// Step lengths from projected gradients. Every element of the estimate g·z has the same magnitude,
// so a scalar replaces the per-parameter scaling of other optimizers (MEAZO, arXiv 2605.03869;
// ZO-signSGD, Liu et al. 2019).
#pragma once

#include <span>
#include <vector>

#include "engine/optimizer.hpp"
#include "options.hpp"

namespace trainbus::mezo {

class StepLength {
 public:
  explicit StepLength(const Options& options) : options_(options) {}

  // Replaces the projected gradients of one step's directions by the factors of z in the update,
  // without lr. A number that is not finite is unchanged and does not affect the state.
  //   sign      g ← sign(g)
  //   clip      g ← clamp(g, −c, c), c given, or the 0.9 quantile of the last 100 |g| of earlier
  //             steps; until there are 10 nothing is clipped
  //   adaptive  v ← βv + (1 − β)·mean(g²), g ← g/(√(v/(1 − βᵗ)) + δ)
  //   deviation g ← g/|norm|, the estimate of ‖∇‖ that belongs to them, see projected_gradients.hpp
  //             (FZOO, arXiv 2506.09034); nothing if it is 0
  void apply(std::span<double> g, double norm);

  void save(OptimizerState& state) const;
  void restore(const OptimizerState& state);

 private:
  void clip(std::span<double> g);
  void adapt(std::span<double> g);

  const Options& options_;
  std::vector<double> magnitudes_;  // of the last gradients, a ring
  std::size_t next_ = 0;
  double mean_square_ = 0, correction_ = 1;  // v and βᵗ
};

}  // namespace trainbus::mezo
