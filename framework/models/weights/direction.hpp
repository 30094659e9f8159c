// A random direction z in parameter space, and the operations on it that need not store it.
#pragma once

#include <cstdint>
#include <span>

#include "core/export.hpp"
#include "models/weights/parameters.hpp"

namespace trainbus {

// z is addressed by parameter id; the same id always has the same z. Every call gives the same
// numbers for any order of calls and any number of threads, so that a row is the same whether it is
// computed alone, in a range or with the whole. All results are float32.
class TRAINBUS_EXPORT Direction {
 public:
  virtual ~Direction();
  // out = θ + scale·z, out [same shape as θ]. Runs on all threads.
  virtual void perturb(const Parameter& theta, ParameterId id, float scale, float* out) const = 0;
  // Rows [begin, end) of a matrix, out [end − begin, columns]. Called from several threads at a
  // time; does not throw.
  virtual void perturb_range(const Parameter& theta, ParameterId id, float scale,
                             std::int64_t begin, std::int64_t end, float* out) const = 0;
  // The same as a panel of the matrix product, or one for scale and one for −scale, if there is a
  // short way to it; see kernels/perturb.hpp.
  virtual bool perturb_panel(const Parameter& theta, ParameterId id, float scale,
                             std::int64_t begin, std::int64_t end, float* panel) const;
  virtual bool perturb_both_panels(const Parameter& theta, ParameterId id, float scale,
                                   std::int64_t begin, std::int64_t end, float* plus,
                                   float* minus) const;
  // Rows for scale and −scale, reading θ and making z once where it can.
  virtual void perturb_range_both(const Parameter& theta, ParameterId id, float scale,
                                  std::int64_t begin, std::int64_t end, float* plus,
                                  float* minus) const;
  // out[i] = (θ + scale·z)[rows[i]]; rows: [C] int64 in range, out: [C, columns].
  virtual void perturb_rows(const Parameter& theta, ParameterId id,
                            std::span<const std::int64_t> rows, float scale, float* out) const = 0;

  // One term of an update.
  struct Term {
    const Direction* z;
    float coefficient;
  };
  // θ ← (1 − decay)·θ − Σ coefficient·z in the order of the terms, in place. Called on the first
  // term's z; all are of its class.
  virtual void update(Parameter& theta, ParameterId id, std::span<const Term> terms,
                      float decay) const = 0;
};

}  // namespace trainbus
