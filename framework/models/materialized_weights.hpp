// Weights whose tensors can be laid out in memory one operation at a time: θ itself, and θ + s·z
// built in scratch memory that the next operation reuses.
#pragma once

#include <vector>

#include "models/direction.hpp"
#include "models/weights.hpp"

namespace trainbus {

// Operations in terms of "the numbers of this matrix, now". For evaluation and zeroth-order losses:
// no gradient is recorded. The tensors that the three functions return are read before the next
// call.
class TRAINBUS_EXPORT MaterializedWeights : public Weights {
 public:
  at::Tensor linear(const at::Tensor& x, ParameterIds matrices) override;
  at::Tensor linear(const at::Tensor& x, ParameterIds matrices, ParameterIds biases) override;
  at::Tensor add_linear(at::Tensor residual, const at::Tensor& x, ParameterId matrix) override;
  at::Tensor add_linear(at::Tensor residual, const at::Tensor& x, ParameterId matrix,
                        ParameterId bias) override;
  at::Tensor linear_rows(const at::Tensor& x, ParameterId matrix, const at::Tensor& rows) override;
  at::Tensor linear_rows(const at::Tensor& x, ParameterId matrix, ParameterId bias,
                         const at::Tensor& rows) override;
  at::Tensor embedding(const at::Tensor& ids, ParameterId matrix) override;
  at::Tensor rms_norm(const at::Tensor& x, ParameterId gain, double eps) override;
  at::Tensor layer_norm(const at::Tensor& x, ParameterId gain, ParameterId bias,
                        double eps) override;

 protected:
  // The matrices stacked by rows, [sum of rows, columns].
  virtual at::Tensor matrix(std::span<const ParameterId> ids) = 0;
  // Selected rows of a matrix, [rows.size(), columns], in memory that stays valid.
  virtual at::Tensor matrix_rows(ParameterId id, const at::Tensor& rows) = 0;
  // The vectors one after another, in memory that stays valid.
  virtual at::Tensor vector(std::span<const ParameterId> ids) = 0;
};

// θ.
class TRAINBUS_EXPORT PlainWeights final : public MaterializedWeights {
 public:
  explicit PlainWeights(const Parameters& parameters) : parameters_(parameters) {}

 protected:
  at::Tensor matrix(std::span<const ParameterId> ids) override;
  at::Tensor matrix_rows(ParameterId id, const at::Tensor& rows) override;
  at::Tensor vector(std::span<const ParameterId> ids) override;

 private:
  const Parameters& parameters_;
};

// Memory that perturbed matrices are built in, kept over steps. Grows to the largest matrix asked
// for.
class TRAINBUS_EXPORT Scratch {
 public:
  float* reserve(std::int64_t floats);

 private:
  at::Tensor memory_;
};

// θ + scale·z. θ is read, never written.
class TRAINBUS_EXPORT PerturbedWeights final : public MaterializedWeights {
 public:
  PerturbedWeights(const Parameters& parameters, const Direction& direction, float scale,
                   Scratch& scratch)
      : parameters_(parameters), direction_(direction), scale_(scale), scratch_(scratch) {}

 protected:
  at::Tensor matrix(std::span<const ParameterId> ids) override;
  at::Tensor matrix_rows(ParameterId id, const at::Tensor& rows) override;
  at::Tensor vector(std::span<const ParameterId> ids) override;

 private:
  const Parameters& parameters_;
  const Direction& direction_;
  float scale_;
  Scratch& scratch_;
};

}  // namespace trainbus
