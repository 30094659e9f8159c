#include "engine/directions/counter_direction.hpp"

#include <vector>

#include "kernels/perturb.hpp"
#include "kernels/update.hpp"

namespace trainbus {

kernels::Shape kernel_shape(const at::Tensor& theta) {
  return theta.dim() == 1 ? kernels::Shape::vector(theta.size(0))
                          : kernels::Shape::matrix(theta.size(0), theta.size(1));
}

namespace {

// A frozen parameter is read as it is.
float scale_at(const Parameter& theta, float scale) { return theta.trainable ? scale : 0.0f; }

}  // namespace

void CounterDirection::perturb(const Parameter& theta, ParameterId id, float scale,
                               float* out) const {
  kernels::perturb(theta.stored(), out, kernel_shape(theta.value), id, direction_,
                   scale_at(theta, scale), limit(id));
}

void CounterDirection::perturb_range(const Parameter& theta, ParameterId id, float scale,
                                     std::int64_t begin, std::int64_t end, float* out) const {
  kernels::perturb_row_range(theta.stored(), out, kernel_shape(theta.value), id, direction_,
                             scale_at(theta, scale), begin, end, limit(id));
}

bool CounterDirection::perturb_panel(const Parameter& theta, ParameterId id, float scale,
                                     std::int64_t begin, std::int64_t end, float* panel) const {
  return kernels::perturb_panel(theta.stored(), panel, kernel_shape(theta.value), id, direction_,
                                scale_at(theta, scale), begin, end, limit(id));
}

bool CounterDirection::perturb_both_panels(const Parameter& theta, ParameterId id, float scale,
                                           std::int64_t begin, std::int64_t end, float* plus,
                                           float* minus) const {
  return kernels::perturb_both_panels(theta.stored(), plus, minus, kernel_shape(theta.value), id,
                                      direction_, scale_at(theta, scale), begin, end, limit(id));
}

void CounterDirection::perturb_range_both(const Parameter& theta, ParameterId id, float scale,
                                          std::int64_t begin, std::int64_t end, float* plus,
                                          float* minus) const {
  kernels::perturb_both_row_range(theta.stored(), plus, minus, kernel_shape(theta.value), id,
                                  direction_, scale_at(theta, scale), begin, end, limit(id));
}

void CounterDirection::perturb_rows(const Parameter& theta, ParameterId id,
                                    std::span<const std::int64_t> rows, float scale,
                                    float* out) const {
  kernels::perturb_rows(theta.stored(), out, kernel_shape(theta.value), id, direction_,
                        scale_at(theta, scale), rows, limit(id));
}

void CounterDirection::update(Parameter& theta, ParameterId id, std::span<const Term> terms,
                              float decay) const {
  std::vector<kernels::Term> counted;
  for (const Term& term : terms)
    counted.push_back({static_cast<const CounterDirection*>(term.z)->direction_, term.coefficient});
  kernels::update(theta.stored(), kernel_shape(theta.value), id, counted, decay, limit(id));
}

}  // namespace trainbus
