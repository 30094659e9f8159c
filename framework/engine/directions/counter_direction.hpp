// z as a pure function of a counter: nothing is stored, any part can be computed at any time.
#pragma once

#include "kernels/direction.hpp"
#include "kernels/magnitude_limit.hpp"
#include "models/weights/direction.hpp"

namespace trainbus {

// A parameter's shape as the kernels take it.
TRAINBUS_EXPORT kernels::Shape kernel_shape(const at::Tensor& theta);

// Philox4x32-10 addressed by (run seed, step, direction, parameter id, element), for all elements
// or for a share of them; see kernels/direction.hpp.
class TRAINBUS_EXPORT CounterDirection final : public Direction {
 public:
  // magnitude_limits: if not empty, one for each parameter; z is 0 where |θ| is larger (Sparse
  // MeZO, see kernels/magnitude_limit.hpp). Must outlive the direction.
  explicit CounterDirection(kernels::Direction direction,
                            std::span<const float> magnitude_limits = {})
      : direction_(direction), limits_(magnitude_limits) {}

  const kernels::Direction& counter() const { return direction_; }
  std::span<const float> limits() const { return limits_; }

  void perturb(const Parameter& theta, ParameterId id, float scale, float* out) const override;
  void perturb_range(const Parameter& theta, ParameterId id, float scale, std::int64_t begin,
                     std::int64_t end, float* out) const override;
  bool perturb_panel(const Parameter& theta, ParameterId id, float scale, std::int64_t begin,
                     std::int64_t end, float* panel) const override;
  bool perturb_both_panels(const Parameter& theta, ParameterId id, float scale, std::int64_t begin,
                           std::int64_t end, float* plus, float* minus) const override;
  void perturb_range_both(const Parameter& theta, ParameterId id, float scale, std::int64_t begin,
                          std::int64_t end, float* plus, float* minus) const override;
  void perturb_rows(const Parameter& theta, ParameterId id, std::span<const std::int64_t> rows,
                    float scale, float* out) const override;
  void update(Parameter& theta, ParameterId id, std::span<const Term> terms,
              float decay) const override;

 private:
  float limit(ParameterId id) const {
    return limits_.empty() ? kernels::no_magnitude_limit : limits_[id];
  }
  kernels::Direction direction_;
  std::span<const float> limits_;
};

}  // namespace trainbus
