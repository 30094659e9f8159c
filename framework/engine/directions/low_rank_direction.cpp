#include "engine/directions/low_rank_direction.hpp"

#include <ATen/ops/empty.h>

#include <cmath>

#include "kernels/low_rank.hpp"
#include "kernels/storage.hpp"
#include "models/weights/weights.hpp"

namespace trainbus {
namespace {

// V's numbers come from directions that U never uses.
constexpr std::uint16_t v_directions = 0x8000;

at::Tensor normals(const kernels::Direction& direction, ParameterId id, std::int64_t rows,
                   std::int64_t rank) {
  at::Tensor out = at::empty({rows, rank}, at::kFloat);
  kernels::fill_normals(direction, id, rows * rank, out.mutable_data_ptr<float>());
  return out;
}

kernels::Direction vector_direction(const LowRankOptions& o) {
  return {o.seed, o.step, o.direction, kernels::Distribution::Gaussian};
}

}  // namespace

LowRankDirection::LowRankDirection(const Parameters& parameters, const LowRankOptions& options)
    : options_(options), vectors_(vector_direction(options)) {
  const kernels::Direction u = vector_direction(options);
  kernels::Direction v = u;
  v.step -= v.step % options.refresh;
  v.direction |= v_directions;
  for (ParameterId id = 0; id < parameters.size(); ++id) {
    const at::Tensor& theta = parameters[id].value;
    factors_.emplace_back();
    if (theta.dim() == 2)
      factors_.back() = {normals(u, id, theta.size(0), options.rank),
                         normals(v, id, theta.size(1), options.rank)};
  }
}

float LowRankDirection::factor_scale() const {
  return 1 / std::sqrt(static_cast<float>(options_.rank));
}

void LowRankDirection::perturb(const Parameter& theta, ParameterId id, float scale,
                               float* out) const {
  if (theta.value.dim() == 1) return vectors_.perturb(theta, id, scale, out);
  perturb_range(theta, id, scale, 0, theta.value.size(0), out);
}

void LowRankDirection::perturb_range(const Parameter& theta, ParameterId id, float scale,
                                     std::int64_t begin, std::int64_t end, float* out) const {
  const std::int64_t columns = theta.value.size(1), rows = end - begin;
  kernels::load(kernels::advanced(kernels::forward_part(theta.stored()), begin * columns), out,
                rows * columns);
  if (!theta.trainable) return;
  const float* u = factors_[id].u.const_data_ptr<float>() + begin * options_.rank;
  kernels::low_rank_update(out, kernels::Shape::matrix(rows, columns), u,
                           factors_[id].v.const_data_ptr<float>(), options_.rank,
                           -scale * factor_scale(), 0);
}

void LowRankDirection::perturb_rows(const Parameter& theta, ParameterId id,
                                    std::span<const std::int64_t> rows, float scale,
                                    float* out) const {
  check_rows(rows, theta);
  for (std::int64_t row : rows) {
    perturb_range(theta, id, scale, row, row + 1, out);
    out += theta.value.size(1);
  }
}

void LowRankDirection::update(Parameter& theta, ParameterId id, std::span<const Term> terms,
                              float decay) const {
  for (const Term& term : terms) {
    const auto* z = static_cast<const LowRankDirection*>(term.z);
    if (theta.value.dim() == 1) {
      const Term vector[] = {{&z->vectors_, term.coefficient}};
      z->vectors_.update(theta, id, vector, decay);
    } else {
      kernels::low_rank_update(
          theta.stored(), kernels::Shape::matrix(theta.value.size(0), theta.value.size(1)),
          z->factors_[id].u.const_data_ptr<float>(), z->factors_[id].v.const_data_ptr<float>(),
          z->options_.rank, term.coefficient * z->factor_scale(), decay);
    }
    decay = 0;
  }
}

}  // namespace trainbus
