// A random direction z in parameter space, and what can be done with it without ever storing it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "core/export.hpp"
#include "models/parameters.hpp"

namespace trainbus {

// z is addressed by parameter id; the same id always has the same z. Every call gives the same
// numbers whatever the order of calls or the number of threads.
class TRAINBUS_EXPORT Direction {
 public:
  virtual ~Direction();
  // out = θ + scale·z, out [same shape as θ] float32.
  virtual void perturb(const at::Tensor& theta, ParameterId id, float scale, float* out) const = 0;
  // out[i] = (θ + scale·z)[rows[i]]; rows: [C] int64 in range, out: [C, columns].
  virtual void perturb_rows(const at::Tensor& theta, ParameterId id,
                            std::span<const std::int64_t> rows, float scale, float* out) const = 0;
  // θ ← (1 − decay)·θ − coefficient·z, in place.
  virtual void update(at::Tensor& theta, ParameterId id, float coefficient, float decay) const = 0;
};

}  // namespace trainbus
