// Sparse MeZO (arXiv 2402.15751): z is 0 for parameters of large magnitude. The mask is not stored:
// perturbing and updating compare |θ| with a limit, where θ is what forward passes read of the
// parameters before the step.
#pragma once

#include <cstdint>
#include <limits>

#include "core/export.hpp"
#include "kernels/storage.hpp"

namespace trainbus::kernels {

// The limit that keeps all, NaN too: nothing is compared.
inline constexpr float no_magnitude_limit = std::numeric_limits<float>::infinity();

// The least limit that keeps at least the fraction `kept` of a tensor: the magnitude of the
// ⌈kept·count⌉-th smallest element, as forward passes read it; NaN are the largest. Exact, the same
// for any number of threads. kept = 0 or count = 0 gives -1, which keeps none; kept = 1 gives
// no_magnitude_limit. Throws RunError for a fraction outside [0, 1]. Runs on OpenMP's threads.
TRAINBUS_EXPORT float magnitude_limit(const ConstStored& theta, std::int64_t count, double kept);

}  // namespace trainbus::kernels
