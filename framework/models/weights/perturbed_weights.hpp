// Weights at θ ± εz, the points where MeZO evaluates the loss (arXiv 2305.17333, algorithm 1). θ is
// read, never written: after a forward pass that was abandoned half-way there is nothing to
// restore.
#pragma once

#include "models/weights/materialized_weights.hpp"

namespace trainbus {

// θ + scale·z, never in memory as a whole: the product perturbs a slice of rows, multiplies by it
// while it is in the cache, and discards it.
class TRAINBUS_EXPORT PerturbedWeights : public MaterializedWeights {
 public:
  PerturbedWeights(const Parameters& parameters, const Direction& direction, float scale)
      : MaterializedWeights(parameters), direction_(direction), scale_(scale) {}

 protected:
  void multiply(const at::Tensor& x, std::span<const ParameterId> ids, const at::Tensor& bias,
                bool accumulate, at::Tensor& y) override;
  at::Tensor matrix_rows(ParameterId id, const at::Tensor& rows) override;
  at::Tensor vector(std::span<const ParameterId> ids) override;

  const Direction& direction() const { return direction_; }
  float scale() const { return scale_; }

 private:
  const Direction& direction_;
  float scale_;
};

// Memory that whole perturbed matrices are built in, kept over steps. Grows to the largest asked
// for.
class TRAINBUS_EXPORT Scratch {
 public:
  float* reserve(std::int64_t floats);

 private:
  at::Tensor memory_;
};

// θ + scale·z, one operation's matrices at a time in scratch memory.
class TRAINBUS_EXPORT ScratchWeights final : public PerturbedWeights {
 public:
  ScratchWeights(const Parameters& parameters, const Direction& direction, float scale,
                 Scratch& scratch)
      : PerturbedWeights(parameters, direction, scale), scratch_(scratch) {}

 protected:
  void multiply(const at::Tensor& x, std::span<const ParameterId> ids, const at::Tensor& bias,
                bool accumulate, at::Tensor& y) override;

 private:
  Scratch& scratch_;
};

// Both sides in one forward pass, S = 2: first θ + eps·z, then θ − eps·z. θ is read and z is made
// once; activations take twice the memory.
class TRAINBUS_EXPORT DualWeights final : public MaterializedWeights {
 public:
  DualWeights(const Parameters& parameters, const Direction& direction, float eps)
      : MaterializedWeights(parameters), direction_(direction), eps_(eps) {}

  std::int64_t sides() const override { return 2; }

 protected:
  void multiply(const at::Tensor& x, std::span<const ParameterId> ids, const at::Tensor& bias,
                bool accumulate, at::Tensor& y) override;
  at::Tensor matrix_rows(ParameterId id, const at::Tensor& rows) override;
  at::Tensor vector(std::span<const ParameterId> ids) override;

 private:
  const Direction& direction_;
  float eps_;
};

}  // namespace trainbus
