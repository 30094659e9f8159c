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

void CounterDirection::perturb(const at::Tensor& theta, ParameterId id, float scale,
                               float* out) const {
  kernels::perturb(theta.const_data_ptr<float>(), out, shape_of(theta), id, direction_, scale);
}

void CounterDirection::perturb_rows(const at::Tensor& theta, ParameterId id,
                                    std::span<const std::int64_t> rows, float scale,
                                    float* out) const {
  kernels::perturb_rows(theta.const_data_ptr<float>(), out, shape_of(theta), id, direction_, scale,
                        rows);
}

void CounterDirection::update(at::Tensor& theta, ParameterId id, float coefficient,
                              float decay) const {
  kernels::update(theta.mutable_data_ptr<float>(), shape_of(theta), id, direction_, coefficient,
                  decay);
}

}  // namespace trainbus
