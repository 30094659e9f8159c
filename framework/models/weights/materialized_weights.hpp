// Weights whose numbers exist in memory, at least a slice at a time: θ, and θ ± εz.
#pragma once

#include <optional>
#include <span>

#include "models/weights/matrix_rows.hpp"
#include "models/weights/weights.hpp"

namespace trainbus {

// Operations in terms of "the numbers of these parameters, now". For evaluation and zeroth-order
// losses: no gradient is recorded. Every side's result is that of a forward pass of its
// own.
class TRAINBUS_EXPORT MaterializedWeights : public Weights {
 public:
  using Weights::linear;
  at::Tensor linear(const at::Tensor& x, const LinearOp& op) override;
  at::Tensor embedding(const at::Tensor& ids, ParameterId matrix) override;
  using Weights::rms_norm;
  at::Tensor rms_norm(const at::Tensor& x, ParameterId weight, double eps, double offset) override;
  at::Tensor layer_norm(const at::Tensor& x, ParameterId weight, std::optional<ParameterId> bias,
                        double eps) override;
  at::Tensor head_norm(at::Tensor qkv, const HeadNormOp& op) override;

 protected:
  explicit MaterializedWeights(const Parameters& parameters) : parameters_(parameters) {}
  const Parameters& parameters() const { return parameters_; }

  // y [S, N, O] = x [S, N, D] Wᵀ, plus what y holds if accumulate, plus bias [S, O] if defined;
  // W: the matrices stacked by rows.
  virtual void multiply(const at::Tensor& x, std::span<const ParameterId> ids,
                        const at::Tensor& bias, bool accumulate, at::Tensor& y) = 0;
  // Selected rows of a matrix, [S, rows.size(), columns], in memory that stays valid.
  virtual at::Tensor matrix_rows(ParameterId id, const at::Tensor& rows) = 0;
  // The vectors one after another, [S, sum of lengths], in memory that stays valid.
  virtual at::Tensor vector(std::span<const ParameterId> ids) = 0;

 private:
  at::Tensor for_sides(const at::Tensor& x) const;
  at::Tensor product(const at::Tensor& x, const LinearOp& op);
  at::Tensor product_with_rows(const at::Tensor& x, const LinearOp& op);
  const Parameters& parameters_;
};

// y [S, N, O] = x [S, N, D] Wᵀ (+ y) (+ bias [S, O]) by trainbus's own product.
void multiply_rows(const at::Tensor& x, const kernels::MatrixRows& w, const at::Tensor& bias,
                   bool accumulate, at::Tensor& y);

// The same for one side by LibTorch's product; W [O, D] is there as a whole.
void multiply_matrix(const at::Tensor& x, const at::Tensor& w, const at::Tensor& bias,
                     bool accumulate, at::Tensor& y);
// Whether there are vector instructions for trainbus's own product; if not, LibTorch's is faster.
TRAINBUS_EXPORT bool own_product_is_fast();

// θ.
class TRAINBUS_EXPORT PlainWeights final : public MaterializedWeights {
 public:
  explicit PlainWeights(const Parameters& parameters) : MaterializedWeights(parameters) {}

 protected:
  void multiply(const at::Tensor& x, std::span<const ParameterId> ids, const at::Tensor& bias,
                bool accumulate, at::Tensor& y) override;
  at::Tensor matrix_rows(ParameterId id, const at::Tensor& rows) override;
  at::Tensor vector(std::span<const ParameterId> ids) override;
};

}  // namespace trainbus
