// z as a pure function of a counter: nothing is stored, any part can be made at any time.
#pragma once

#include "kernels/direction.hpp"
#include "models/direction.hpp"

namespace trainbus {

// Philox4x32-10 addressed by (run seed, step, direction, parameter id, element); see
// kernels/direction.hpp.
class TRAINBUS_EXPORT CounterDirection final : public Direction {
 public:
  explicit CounterDirection(kernels::Direction direction) : direction_(direction) {}

  void perturb(const Parameter& theta, ParameterId id, float scale, float* out) const override;
  void perturb_range(const Parameter& theta, ParameterId id, float scale, std::int64_t begin,
                     std::int64_t end, float* out) const override;
  void perturb_rows(const Parameter& theta, ParameterId id, std::span<const std::int64_t> rows,
                    float scale, float* out) const override;
  void update(Parameter& theta, ParameterId id, float coefficient, float decay) const override;

 private:
  kernels::Direction direction_;
};

}  // namespace trainbus
