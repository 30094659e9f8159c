// MeZO's update, θ ← (1 − ηλ)·θ − η·g·z (arXiv 2305.17333, algorithm 1, with decoupled weight
// decay), for one or several directions in one pass over θ, and for many steps in one.
//
// Exact rule: keep = 1 − decay, rounded to float; then for each element x = keep·θ, rounded to
// float, and for each term in order x = fma(−coefficient, z, x), where a direction has a share (see
// direction.hpp) for the elements of it; x is rounded to storage once, at the end of the step.
// Where |θ| exceeds magnitude_limit (see magnitude_limit.hpp; θ as forward passes read it before
// the step) the terms are left out, the decay is not. So a single term with decay = 0 gives, in
// float32, what perturb gives for scale = −coefficient. The bits do not depend on the instruction
// set or the number of threads: a journal of (seed, step, coefficients, decay) replays exactly.
// Expects the default rounding mode. Runs on OpenMP's threads. All throw RunError, before anything
// is written, if the tensor's number is not_a_tensor.
//
// Storage that is coarser than the update loses it: bfloat16 rounds away most of a typical MeZO
// update of 2e-6 on parameters of 0.02, BFloat16Residual keeps it. The caller chooses the format.
#pragma once

#include <span>

#include "core/export.hpp"
#include "kernels/direction.hpp"
#include "kernels/magnitude_limit.hpp"
#include "kernels/storage.hpp"

namespace trainbus::kernels {

// coefficient = η·g, learning rate times projected gradient (and divided by the number of
// directions, where these are averaged). Terms of all shares of a z, one after the other from share
// 0 on, are computed together: z is made once for them.
struct Term {
  Direction direction;
  float coefficient;
};

// decay = η·λ, learning rate times weight decay, 0: none.
struct UpdateStep {
  std::span<const Term> terms;
  float decay = 0;
};

// theta: of this shape, changed in place.
TRAINBUS_EXPORT void update(const Stored& theta, const Shape& shape, TensorId tensor,
                            const Direction& direction, float coefficient, float decay,
                            float magnitude_limit = no_magnitude_limit);

// Any number of directions, of any distributions; none: decay only.
TRAINBUS_EXPORT void update(const Stored& theta, const Shape& shape, TensorId tensor,
                            std::span<const Term> terms, float decay,
                            float magnitude_limit = no_magnitude_limit);

// One update after the other, to the bit, but θ is read and written once: block by block, all steps
// run while a block is in the cache.
TRAINBUS_EXPORT void replay(const Stored& theta, const Shape& shape, TensorId tensor,
                            std::span<const UpdateStep> steps,
                            float magnitude_limit = no_magnitude_limit);

}  // namespace trainbus::kernels
