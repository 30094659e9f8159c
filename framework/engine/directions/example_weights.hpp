// Weights at θ ± σZᵢ, a Zᵢ of low rank for every example i of a batch: all examples at both sides
// in one forward pass over θ (EGGROLL, arXiv 2511.16652; GRZO, arXiv 2606.02857).
#pragma once

#include <vector>

#include "engine/directions/example_rows.hpp"
#include "engine/directions/low_rank_direction.hpp"
#include "models/weights/materialized_weights.hpp"

namespace trainbus {

// S = 2: first θ + scale·Zᵢ, then θ − scale·Zᵢ, where example i's Zᵢ is a LowRankDirection:
// - y = W x + scale/√r · U(Vᵀx), for one product of the tokens of all examples and sides with W;
// - an embedding's row n is θ[n] + scale/√r · V U[n], of which only that row of U is made;
// - vectors, biases and norms, have a z of full rank.
// The factors of an example are made when a layer needs them, and discarded: they take the memory
// of one layer's. Every token must belong to an example, see ExampleRows. Equal bits for any number
// of threads.
class TRAINBUS_EXPORT ExampleWeights final : public Weights {
 public:
  // first: the direction of the batch's first example; the others have the numbers after it. The
  // parameters and rows must outlive it.
  ExampleWeights(const Parameters& parameters, const LowRankOptions& first, const ExampleRows& rows,
                 float scale);

  std::int64_t sides() const override { return 2; }
  using Weights::linear;
  at::Tensor linear(const at::Tensor& x, const LinearOp& op) override;
  at::Tensor embedding(const at::Tensor& ids, ParameterId matrix) override;
  using Weights::rms_norm;
  at::Tensor rms_norm(const at::Tensor& x, ParameterId weight, double eps, double offset) override;
  at::Tensor layer_norm(const at::Tensor& x, ParameterId weight, std::optional<ParameterId> bias,
                        double eps) override;
  at::Tensor head_norm(at::Tensor qkv, const HeadNormOp& op) override;

 private:
  using Run = ExampleRows::Run;
  template <class Each>
  void for_runs(std::int64_t rows, const Each& each) const;
  at::Tensor for_sides(const at::Tensor& x) const;
  void add_terms(const at::Tensor& x, const LinearOp& op, at::Tensor& y) const;
  void add_matrix(const at::Tensor& x, ParameterId id, const Run& run, const at::Tensor& rows,
                  std::int64_t first, at::Tensor& y) const;
  void add_bias(ParameterId id, const Run& run, const at::Tensor& rows, std::int64_t first,
                at::Tensor& y) const;
  std::vector<float> factor(const kernels::Direction& direction, ParameterId id,
                            std::int64_t count) const;
  std::vector<float> moved(ParameterId id, const Run& run, int side) const;
  float side_scale(int side) const { return side == 0 ? scale_ : -scale_; }

  const Parameters& parameters_;
  const ExampleRows& rows_;
  PlainWeights plain_;
  std::vector<LowRankDirection> directions_;
  std::int64_t rank_;
  float scale_;
};

}  // namespace trainbus
