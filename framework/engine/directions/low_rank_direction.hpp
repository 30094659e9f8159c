// z of low rank: Z = U Vᵀ/√r for every matrix (LOZO, arXiv 2410.07698, section 3), so that θ ± εZ
// is never computed: (θ + sεZ)x = θx + sε/√r · U(Vᵀx). Vectors have a Gaussian z of their own.
#pragma once

#include "engine/directions/counter_direction.hpp"

namespace trainbus {

struct LowRankOptions {
  std::uint64_t seed = 0;
  std::uint32_t step = 0;
  std::uint16_t direction = 0;  // which of the step's directions
  std::int64_t rank = 2;        // r
  std::uint32_t refresh = 50;   // ν: V is drawn anew every so many steps; U in every step
};

// U [rows, r] and V [columns, r] are standard normals made from (seed, step, direction, parameter):
// every element of Z has mean 0 and variance 1. They are made when they are needed, so that a
// population's directions take no memory. Updates by several directions are one pass over θ for
// kernels::low_rank_terms of them; they have one rank.
class TRAINBUS_EXPORT LowRankDirection final : public Direction {
 public:
  // The parameters, whose shapes are read, must outlive it.
  LowRankDirection(const Parameters& parameters, const LowRankOptions& options);

  void perturb(const Parameter& theta, ParameterId id, float scale, float* out) const override;
  void perturb_range(const Parameter& theta, ParameterId id, float scale, std::int64_t begin,
                     std::int64_t end, float* out) const override;
  void perturb_rows(const Parameter& theta, ParameterId id, std::span<const std::int64_t> rows,
                    float scale, float* out) const override;
  void update(Parameter& theta, ParameterId id, std::span<const Term> terms,
              float decay) const override;

  std::int64_t rank() const { return options_.rank; }
  // [rows, r] and [columns, r] float32, of a matrix, made anew.
  at::Tensor u(ParameterId id) const;
  at::Tensor v(ParameterId id) const;
  // The directions whose first r·rows and r·columns Gaussian numbers these are, and the z of
  // vectors.
  kernels::Direction u_direction() const { return vectors_.counter(); }
  kernels::Direction v_direction() const;
  float factor_scale() const;  // 1/√r

 private:
  void perturb_from(const Parameter& theta, ParameterId id, const at::Tensor& v, float scale,
                    std::int64_t begin, std::int64_t end, float* out) const;

  const Parameters& parameters_;
  LowRankOptions options_;
  CounterDirection vectors_;
};

}  // namespace trainbus
