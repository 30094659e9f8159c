// The numbers of a step that host and device exchange, and the update that follows from the losses.
// Plain C++17, for device compilers too.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#ifdef __CUDACC__
#define TRAINBUS_HERE_AND_THERE __host__ __device__
#else
#define TRAINBUS_HERE_AND_THERE
#endif

namespace trainbus::device {

// coefficient·z, with the address of z.
struct Term {
  std::uint64_t seed;
  std::uint32_t step;
  std::uint16_t direction;
  std::uint16_t unused;
  float coefficient;
  std::uint32_t unused_too;
};
static_assert(sizeof(Term) == 24, "hosts and devices write it");

// Terms [first_term, first_term + term_count) make an update.
struct DeviceUpdate {
  std::int32_t first_term, term_count;
  float decay;
};

// What is constant during a run. See DeviceRule in engine/step_device.hpp.
struct Rule {
  double eps, weight_decay, clip;
  std::int32_t directions, micro_batches;
  bool sign;
};

// The host's numbers of a step.
struct StepInput {
  std::uint64_t seed;
  std::uint32_t step;  // from 0
  std::uint32_t unused;
  double lr;
};

// The result of the update.
struct StepVerdict {
  float decay;
  std::int32_t skipped;  // 1: a projected gradient was not finite, nothing is updated
};

// Pointers to a step's numbers, with D directions and M micro-batches.
struct StepNumbers {
  StepInput* input;
  double* shares;        // [M], the weight of each micro-batch in the window; their sum is 1
  float* losses;         // [D, M, 2], + before −
  Term* perturbations;   // [D]
  Term* terms;           // [D], of the update
  DeviceUpdate* update;  // 2: of parameters that decay, and of the others
  double* means;         // [D, 2], over the window
  float* coefficients;   // [D], of the update, 0 if it is skipped
  StepVerdict* verdict;  // 1
};

// Float64 arithmetic as on the host: every operation is rounded on its own.
TRAINBUS_HERE_AND_THERE inline double product(double a, double b) {
#ifdef __CUDA_ARCH__
  return __dmul_rn(a, b);
#else
  return a * b;
#endif
}
TRAINBUS_HERE_AND_THERE inline double sum(double a, double b) {
#ifdef __CUDA_ARCH__
  return __dadd_rn(a, b);
#else
  return a + b;
#endif
}

TRAINBUS_HERE_AND_THERE inline bool is_finite(double x) { return x - x == 0; }

TRAINBUS_HERE_AND_THERE inline void set_perturbations(const Rule& rule, const StepNumbers& n) {
  for (std::int32_t d = 0; d < rule.directions; ++d)
    n.perturbations[d] = {n.input->seed,
                          n.input->step,
                          static_cast<std::uint16_t>(d),
                          0,
                          static_cast<float>(rule.eps),
                          0};
}

TRAINBUS_HERE_AND_THERE inline double ruled(const Rule& rule, double g) {
  if (!is_finite(g)) return g;
  if (rule.sign) return g > 0 ? 1.0 : g < 0 ? -1.0 : g;
  return g > rule.clip ? rule.clip : g < -rule.clip ? -rule.clip : g;
}

// The same computation as StepContext and the optimizer make on the host.
TRAINBUS_HERE_AND_THERE inline void set_update(const Rule& rule, const StepNumbers& n) {
  bool skipped = false;
  for (std::int32_t d = 0; d < rule.directions; ++d) {
    double* mean = n.means + 2 * d;
    for (int side = 0; side < 2; ++side) {
      mean[side] = 0;
      for (std::int32_t m = 0; m < rule.micro_batches; ++m) {
        const float loss =
            n.losses[(static_cast<std::ptrdiff_t>(d) * rule.micro_batches + m) * 2 + side];
        mean[side] = sum(mean[side], product(n.shares[m], loss));
      }
    }
    const double g = sum(mean[0], -mean[1]) / product(2, rule.eps);
    n.coefficients[d] = static_cast<float>(product(n.input->lr, ruled(rule, g) / rule.directions));
    skipped = skipped || !is_finite(n.coefficients[d]);
  }
  const float nothing = NAN;
  for (std::int32_t d = 0; d < rule.directions; ++d) {
    n.terms[d] = n.perturbations[d];
    n.terms[d].coefficient = skipped ? nothing : n.coefficients[d];
    if (skipped) n.coefficients[d] = 0;
  }
  n.verdict->skipped = skipped;
  n.verdict->decay = skipped ? 0.0f : static_cast<float>(product(n.input->lr, rule.weight_decay));
  n.update[0] = {0, rule.directions, n.verdict->decay};
  n.update[1] = {0, rule.directions, 0};
}

}  // namespace trainbus::device
