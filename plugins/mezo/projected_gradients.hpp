// Projected gradients from the losses of one step.
#pragma once

#include <span>
#include <vector>

#include "options.hpp"

namespace trainbus::mezo {

// With D directions and their perturbation ε:
//
//   sides both   g = (L⁺ − L⁻)/(2ε), two forwards a direction (arXiv 2305.17333, algorithm 1)
//   sides plus   g = D/(D − 1)·(L⁺ − mean of L⁺)/ε, one forward a direction (FZOO, arXiv
//                2506.09034, algorithm 1, which subtracts the loss at θ instead)
//
// Either way E[g·z] = ∇: the mean of L⁺ holds an Dth of each g, which D/(D − 1) gives back. It
// takes no forward pass, where the loss at θ takes one and D more directions with it than the
// mean's D − 1 say; and with z = ±1 it cancels ε/2·tr(H), which every L⁺ has in common. What
// remains of the curvature, off its diagonal, is an error of order ε that both sides would cancel.
struct ProjectedGradients {
  std::vector<double> g;  // one a direction
  // The mean losses; of one side: minus is plus.
  double plus = 0, minus = 0;
  // The estimate of ‖∇‖: without shares √(mean of g²), of one side √((D − 1)/D · mean of g²), which
  // is the losses' standard deviation over ε; with shares of the sums instead. Of a single
  // direction: g itself, with its sign.
  double norm = 0;
};

// losses: of each direction its sides, + before −, as StepContext::losses gives them.
ProjectedGradients projected_gradients(std::span<const double> losses, const Options& options);

}  // namespace trainbus::mezo
