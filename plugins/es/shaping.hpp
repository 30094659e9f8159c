// The losses of a population as weights of its members.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace trainbus::es {

enum class Shaping : std::uint8_t {
  ZScore,
  Rank,
  Centred
};  // in the order of the option's choices

// One number for each loss, 0 in the mean; a lower loss has a lower one, and θ moves away from
// members whose number is high. With N losses fᵢ:
// - z-score: (fᵢ − mean) / root of the mean square of that; all 0 if the losses are equal
// ("Evolution
//   Strategies at Scale", arXiv 2509.24372);
// - rank: rᵢ / (N − 1) − ½, rᵢ from 0 for the lowest; equal losses share the mean of their ranks
//   ("Evolution Strategies as a Scalable Alternative", arXiv 1703.03864);
// - centred: fᵢ − mean.
// If a loss is not finite, all are NaN. At least two losses.
std::vector<double> shaped(std::span<const double> losses, Shaping shaping);

// Of members that are pairs, + and − of one example each: takes the pair's mean from both, since it
// says how hard the example is and nothing of the members. An even number of losses.
void centre_pairs(std::span<double> losses);

}  // namespace trainbus::es
