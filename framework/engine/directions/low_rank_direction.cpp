#include "engine/directions/low_rank_direction.hpp"

#include <ATen/ops/empty.h>

#include <cmath>
#include <vector>

#include "kernels/low_rank.hpp"
#include "kernels/storage.hpp"
#include "kernels/update.hpp"
#include "models/weights/weights.hpp"

namespace trainbus {
namespace {

// V's numbers come from directions that U never uses.
constexpr std::uint16_t v_directions = 0x8000;

// Rows [begin, end) of a factor.
at::Tensor normals(const kernels::Direction& direction, ParameterId id, std::int64_t begin,
                   std::int64_t end, std::int64_t rank) {
  at::Tensor out = at::empty({end - begin, rank}, at::kFloat);
  kernels::fill_normals(direction, id, begin * rank, end * rank, out.mutable_data_ptr<float>());
  return out;
}

}  // namespace

LowRankDirection::LowRankDirection(const Parameters& parameters, const LowRankOptions& options)
    : parameters_(parameters),
      options_(options),
      vectors_(kernels::Direction{options.seed, options.step, options.direction,
                                  kernels::Distribution::Gaussian}) {}

kernels::Direction LowRankDirection::v_direction() const {
  kernels::Direction v = u_direction();
  v.step -= v.step % options_.refresh;
  v.direction |= v_directions;
  return v;
}

at::Tensor LowRankDirection::u(ParameterId id) const {
  return normals(u_direction(), id, 0, parameters_[id].value.size(0), options_.rank);
}

at::Tensor LowRankDirection::v(ParameterId id) const {
  return normals(v_direction(), id, 0, parameters_[id].value.size(1), options_.rank);
}

float LowRankDirection::factor_scale() const {
  return 1 / std::sqrt(static_cast<float>(options_.rank));
}

void LowRankDirection::perturb(const Parameter& theta, ParameterId id, float scale,
                               float* out) const {
  if (theta.value.dim() == 1) return vectors_.perturb(theta, id, scale, out);
  perturb_range(theta, id, scale, 0, theta.value.size(0), out);
}

void LowRankDirection::perturb_from(const Parameter& theta, ParameterId id, const at::Tensor& v,
                                    float scale, std::int64_t begin, std::int64_t end,
                                    float* out) const {
  const std::int64_t columns = theta.value.size(1), rows = end - begin;
  kernels::load(kernels::advanced(kernels::forward_part(theta.stored()), begin * columns), out,
                rows * columns);
  if (!theta.trainable) return;
  const at::Tensor u = normals(u_direction(), id, begin, end, options_.rank);
  kernels::low_rank_update(out, kernels::Shape::matrix(rows, columns), u.const_data_ptr<float>(),
                           v.const_data_ptr<float>(), options_.rank, -scale * factor_scale(), 0);
}

void LowRankDirection::perturb_range(const Parameter& theta, ParameterId id, float scale,
                                     std::int64_t begin, std::int64_t end, float* out) const {
  perturb_from(theta, id, v(id), scale, begin, end, out);
}

void LowRankDirection::perturb_rows(const Parameter& theta, ParameterId id,
                                    std::span<const std::int64_t> rows, float scale,
                                    float* out) const {
  check_rows(rows, theta);
  const at::Tensor right = v(id);
  for (std::int64_t row : rows) {
    perturb_from(theta, id, right, scale, row, row + 1, out);
    out += theta.value.size(1);
  }
}

void LowRankDirection::update(Parameter& theta, ParameterId id, std::span<const Term> terms,
                              float decay) const {
  if (theta.value.dim() == 1) {
    std::vector<kernels::Term> vectors;
    for (const Term& term : terms)
      vectors.push_back(
          {static_cast<const LowRankDirection*>(term.z)->u_direction(), term.coefficient});
    return kernels::update(theta.stored(), kernel_shape(theta.value), id, vectors, decay);
  }
  std::vector<kernels::Factors> factors;
  for (const Term& term : terms) {
    const auto* z = static_cast<const LowRankDirection*>(term.z);
    factors.push_back({z->u_direction(), z->v_direction(), term.coefficient * z->factor_scale()});
  }
  kernels::low_rank_update(theta.stored(), kernel_shape(theta.value), id, factors, options_.rank,
                           decay);
}

}  // namespace trainbus
