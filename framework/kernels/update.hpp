// MeZO's update, θ ← (1 − ηλ)·θ − η·g·z (arXiv 2305.17333, algorithm 1, with decoupled weight
// decay), in one pass over θ.
//
// Exact rule: keep = 1 − decay, rounded to float; then each element becomes fma(−coefficient, z,
// keep·θ) with keep·θ rounded to float. So decay = 0 gives what perturb gives for scale =
// −coefficient. The bits do not depend on the instruction set or the number of threads: a journal
// of (seed, step, coefficient, decay) replays exactly. Expects the default rounding mode. Runs on
// OpenMP's threads.
#pragma once

#include "core/export.hpp"
#include "kernels/direction.hpp"

namespace trainbus::kernels {

// theta: float32 of this shape, changed in place. coefficient = η·g, learning rate times projected
// gradient; decay = η·λ, learning rate times weight decay, 0: none.
TRAINBUS_EXPORT void update(float* theta, const Shape& shape, TensorId tensor,
                            const Direction& direction, float coefficient, float decay);

}  // namespace trainbus::kernels
