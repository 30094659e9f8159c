// A device, such as a GPU, that takes zeroth-order steps by itself: the host enqueues steps ahead
// of time and reads their numbers later, so that neither waits for the other.
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
#include "models/weights/parameters.hpp"

namespace trainbus {

// What a device computes in every step, without the host in between: for each direction i the
// losses at θ ± eps·zᵢ, gᵢ = (L+ − L−)/(2·eps), then in one pass θ ← (1 − lr·weight_decay)·θ − Σ
// lr·rule(gᵢ)/directions · zᵢ, λ only for parameters that decay. Everything but the losses is
// computed in float64 and rounded to float32 once, so that the host computes the same coefficients.
// If a gᵢ is not finite, nothing is updated.
struct DeviceRule {
  kernels::Distribution z = kernels::Distribution::Rademacher;
  double eps = 1e-3, weight_decay = 0;
  std::uint16_t directions = 1;
  bool sign = false;                                      // g ← sign(g)
  double clip = std::numeric_limits<double>::infinity();  // g ← clamp(g, −clip, clip)
  bool scratch = false;  // θ ± eps·z is always written to memory, a matrix at a time
};

struct DeviceStep {
  std::uint64_t step = 0;  // counted from 0
  std::uint64_t seed = 0;  // of the run
  double lr = 0;
  std::span<const Batch> window;  // micro-batches; not used after begin() has returned
};

// Owns θ while it trains. One thread. Failures are thrown as RunError.
class TRAINBUS_EXPORT StepDevice {
 public:
  virtual ~StepDevice();

  // How many steps may be pending; at least 1.
  virtual std::size_t depth() const = 0;
  // Copies these parameters to the device; the following steps and logits use them.
  virtual void load(const Parameters& parameters) = 0;
  // Enqueues a step after the pending ones. Does not wait for it.
  virtual void begin(const DeviceStep& step) = 0;
  // Waits for the oldest pending step and fills in its tokens, losses, means, coefficients, decay
  // and skipped, as StepContext does for a step that it computes.
  virtual void finish(journal::Step& record) = 0;
  // Copies the parameters to the host, as they are after all steps that were begun; `parameters`
  // has load()'s shapes and format. Does nothing if the host's are up to date.
  virtual void fetch(Parameters& parameters) = 0;
  // Model::logits at θ after all steps that were begun: [1, R, C] float32 on the CPU.
  virtual at::Tensor logits(const Batch& batch) = 0;
};

}  // namespace trainbus
