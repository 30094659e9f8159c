// How one optimizer step is taken: computed here, computed by a device, or replayed from the
// journal. The optimizer makes the same calls in all three; see StepContext.
#pragma once

#include <cstdint>
#include <functional>

#include "core/export.hpp"
#include "engine/optimizer.hpp"
#include "engine/replay/replay_source.hpp"
#include "engine/step.hpp"
#include "engine/step_device.hpp"
#include "engine/windows.hpp"

namespace trainbus {

class TRAINBUS_EXPORT Stepper {
 public:
  virtual ~Stepper();

  // Takes the step and fills in the record's losses, tokens, coefficients and norm. The loop fills
  // in the rest: number, epoch, times and rate.
  virtual StepOutcome step(const StepInputs& inputs) = 0;
  // Steps that were begun after the last one taken; the parameters are ahead by as many.
  virtual std::uint64_t pending_steps() const { return 0; }
};

// Computes steps on the CPU. The optimizer and the windows must outlive it.
class TRAINBUS_EXPORT LocalStepper final : public Stepper {
 public:
  LocalStepper(Optimizer& optimizer, const Windows& windows)
      : optimizer_(optimizer), windows_(windows) {}
  StepOutcome step(const StepInputs& inputs) override;

 private:
  Optimizer& optimizer_;
  const Windows& windows_;
};

// Replays steps of earlier attempts: no forward pass is computed, losses come from the journal. The
// inputs' record is the step's record in the journal.
class TRAINBUS_EXPORT ReplayStepper final : public Stepper {
 public:
  ReplayStepper(Optimizer& optimizer, const ReplaySource& replay_source, ParameterReplay& replay)
      : optimizer_(optimizer), replay_source_(replay_source), replay_(replay) {}
  StepOutcome step(const StepInputs& inputs) override;

 private:
  Optimizer& optimizer_;
  const ReplaySource& replay_source_;
  ParameterReplay& replay_;
};

// What a DeviceStepper needs to know of the steps to come, which are counted from 0.
struct DevicePlan {
  std::function<double(std::uint64_t step)> lr;
  // The number of steps that may be begun while the next one to finish is `step`: up to the first
  // step after which the parameters are read.
  std::function<std::uint64_t(std::uint64_t step)> limit;
  // Whether no more steps may be begun, since the run is about to end or to read the parameters.
  std::function<bool()> holds_back;
};

// Enqueues as many steps ahead as the device takes. From the device's losses the optimizer computes
// the same coefficients as the device, and the same events are published as by a LocalStepper.
class TRAINBUS_EXPORT DeviceStepper final : public Stepper {
 public:
  DeviceStepper(Optimizer& optimizer, StepDevice& device, const Windows& windows, DevicePlan plan)
      : optimizer_(optimizer), device_(device), windows_(windows), plan_(std::move(plan)) {}
  StepOutcome step(const StepInputs& inputs) override;
  std::uint64_t pending_steps() const override { return begun_ - finished_; }

 private:
  void begin_steps(const StepInputs& inputs);

  Optimizer& optimizer_;
  StepDevice& device_;
  const Windows& windows_;
  DevicePlan plan_;
  std::uint64_t begun_ = 0, finished_ = 0;
  std::int64_t since_ns_ = 0;  // when the device began its current step
};

}  // namespace trainbus
