#include "engine/counter_direction.hpp"

#include "kernels/perturb.hpp"
#include "kernels/update.hpp"

namespace trainbus {
namespace {

kernels::Shape shape_of(const at::Tensor& theta) {
  return theta.dim() == 1 ? kernels::Shape::vector(theta.size(0))
                          : kernels::Shape::matrix(theta.size(0), theta.size(1));
}

}  // namespace

void CounterDirection::perturb(const Parameter& theta, ParameterId id, float scale,
                               float* out) const {
  kernels::perturb(theta.value.const_data_ptr<float>(), out, shape_of(theta.value), id, direction_,
                   scale);
}

void CounterDirection::perturb_range(const Parameter& theta, ParameterId id, float scale,
                                     std::int64_t begin, std::int64_t end, float* out) const {
  kernels::perturb_row_range(theta.value.const_data_ptr<float>(), out, shape_of(theta.value), id,
                             direction_, scale, begin, end);
}

void CounterDirection::perturb_rows(const Parameter& theta, ParameterId id,
                                    std::span<const std::int64_t> rows, float scale,
                                    float* out) const {
  kernels::perturb_rows(theta.value.const_data_ptr<float>(), out, shape_of(theta.value), id,
                        direction_, scale, rows);
}

void CounterDirection::update(Parameter& theta, ParameterId id, float coefficient,
                              float decay) const {
  kernels::update(theta.value.mutable_data_ptr<float>(), shape_of(theta.value), id, direction_,
                  coefficient, decay);
}

}  // namespace trainbus
