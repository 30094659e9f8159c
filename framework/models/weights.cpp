#include "models/weights.hpp"

#include "models/direction.hpp"

namespace trainbus {

Weights::~Weights() = default;

at::Tensor Weights::activated_linear(const at::Tensor& x, ParameterId matrix, ParameterId bias,
                                     Activation activation) {
  return activate(activation, linear(x, {matrix}, {bias}));
}
Direction::~Direction() = default;

bool Direction::perturb_panel(const Parameter&, ParameterId, float, std::int64_t, std::int64_t,
                              float*) const {
  return false;
}

void Direction::perturb_range_both(const Parameter& theta, ParameterId id, float scale,
                                   std::int64_t begin, std::int64_t end, float* plus,
                                   float* minus) const {
  perturb_range(theta, id, scale, begin, end, plus);
  perturb_range(theta, id, -scale, begin, end, minus);
}

}  // namespace trainbus
