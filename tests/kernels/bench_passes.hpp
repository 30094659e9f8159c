// The benchmark's passes: each goes once over all parameters, or all of a kind of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kernels/bench_memory.hpp"

namespace trainbus::kernels::bench {

struct Pass {
  std::string group, name;
  double parameters;           // that it goes over
  double z_per_parameter;      // 0: makes none
  double bytes_per_parameter;  // that travel to and from memory
  std::function<void()> run;
  std::vector<double> seconds = {};

  double median() const;
  double best() const;
};

// Passes without z, and with z of each distribution in float32: the speed of making it.
std::vector<Pass> float32_passes(Memory& memory);
// Updates and perturbations in the other formats.
std::vector<Pass> format_passes(Memory& memory);
// Several directions, steps, masks, low rank.
std::vector<Pass> variant_passes(Memory& memory);
// One direction, and several with and without shares.
std::vector<Pass> share_passes(Memory& memory);
// Copy, axpy and the updates alone.
std::vector<Pass> scaling_passes(Memory& memory);

}  // namespace trainbus::kernels::bench
