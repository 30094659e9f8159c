// z of low rank: Z = U Vᵀ/√r for every matrix (LOZO, arXiv 2410.07698, section 3), so that θ ± εZ
// is never computed: (θ + sεZ)x = θx + sε/√r · U(Vᵀx). Vectors have a Gaussian z of their own.
#pragma once

#include <vector>

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
// every element of Z has mean 0 and variance 1. Holds U and V of all matrices, which are small
// compared with θ.
class TRAINBUS_EXPORT LowRankDirection final : public Direction {
 public:
  LowRankDirection(const Parameters& parameters, const LowRankOptions& options);

  void perturb(const Parameter& theta, ParameterId id, float scale, float* out) const override;
  void perturb_range(const Parameter& theta, ParameterId id, float scale, std::int64_t begin,
                     std::int64_t end, float* out) const override;
  void perturb_rows(const Parameter& theta, ParameterId id, std::span<const std::int64_t> rows,
                    float scale, float* out) const override;
  void update(Parameter& theta, ParameterId id, std::span<const Term> terms,
              float decay) const override;

  std::int64_t rank() const { return options_.rank; }
  // [rows, r] and [columns, r] float32, of a matrix.
  const at::Tensor& u(ParameterId id) const { return factors_[id].u; }
  const at::Tensor& v(ParameterId id) const { return factors_[id].v; }
  float factor_scale() const;  // 1/√r

 private:
  struct Factors {
    at::Tensor u, v;  // undefined for a vector
  };
  LowRankOptions options_;
  CounterDirection vectors_;
  std::vector<Factors> factors_;
};

}  // namespace trainbus
