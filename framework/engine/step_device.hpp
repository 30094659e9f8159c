// A device that takes zeroth-order steps by itself, a GPU: steps are handed to it ahead of time and
// their numbers come back later, so that nobody waits for anybody.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "core/export.hpp"
#include "core/journal/records.hpp"
#include "kernels/direction.hpp"
#include "models/batch.hpp"
#include "models/parameters.hpp"

namespace trainbus {

// What an optimizer has a device do in every step, without the host in between: for each direction
// i the losses at θ ± eps·zᵢ, gᵢ = (L+ − L−)/(2·eps), then in one pass
// θ ← (1 − lr·weight_decay)·θ − Σ lr·rule(gᵢ)/directions · zᵢ, λ only for parameters that decay.
// All but the losses is computed in float64 and rounded to float32 once, so that the host comes to
// the same coefficients. If a gᵢ is not finite, nothing is updated.
struct DeviceRule {
  kernels::Distribution z = kernels::Distribution::Rademacher;
  double eps = 1e-3, weight_decay = 0;
  std::uint16_t directions = 1;
  bool sign = false;                                      // g ← sign(g)
  double clip = std::numeric_limits<double>::infinity();  // g ← clamp(g, −clip, clip)
  bool scratch = false;  // θ ± eps·z is always written to memory, a matrix at a time
};

struct DeviceStep {
  std::uint64_t step = 0, seed = 0;  // the step's number, counted from 0; of the run
  double lr = 0;
  std::span<const Batch> window;  // micro-batches; free again when begin() returns
};

// Owns θ while it trains. One thread. What goes wrong is thrown as RunError.
class TRAINBUS_EXPORT StepDevice {
 public:
  virtual ~StepDevice();

  // How many steps may be pending; at least 1.
  virtual std::size_t depth() const = 0;
  // Takes over these parameters; all that follows is at them.
  virtual void load(const Parameters& parameters) = 0;
  // Enqueues a step after those that are pending. Does not wait for it.
  virtual void begin(const DeviceStep& step) = 0;
  // The numbers of the oldest pending step; waits until they are known. Fills in tokens, losses,
  // means, coefficients, decay and skipped, as StepContext does for a step of its own.
  virtual void finish(journal::Step& record) = 0;
  // Copies the parameters, as they are after all steps that were begun, to the host; `parameters`
  // has load()'s shapes and format. Does nothing if it has them already.
  virtual void fetch(Parameters& parameters) = 0;
  // Scores at θ as it is after all that was begun, [1, R, C] float32 on the CPU, as Model::logits.
  virtual at::Tensor logits(const Batch& batch) = 0;
};

}  // namespace trainbus
