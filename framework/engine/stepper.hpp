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

  // Takes the step that the inputs name. The record has its losses, tokens, coefficients and norm
  // when this returns; what the loop knows (number, epoch, times, rate) is the loop's to fill in.
  virtual StepOutcome step(const StepInputs& inputs) = 0;
  // Steps that are begun beyond the last one that was taken; the parameters are ahead by as many.
  virtual std::uint64_t pending_steps() const { return 0; }
};

// On this machine's processor. The optimizer and the windows must outlive it.
class TRAINBUS_EXPORT LocalStepper final : public Stepper {
 public:
  LocalStepper(Optimizer& optimizer, const Windows& windows)
      : optimizer_(optimizer), windows_(windows) {}
  StepOutcome step(const StepInputs& inputs) override;

 private:
  Optimizer& optimizer_;
  const Windows& windows_;
};

// Steps of earlier attempts: no forward pass is computed, losses are those of the journal. The
// record holds the step as the journal has it.
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

// What a device that works ahead has to know of the steps to come; each is counted from 0.
struct DevicePlan {
  std::function<double(std::uint64_t step)> lr;
  // How many steps may be begun at most while the next one to be finished is `step`: up to the
  // first one after which the parameters are read.
  std::function<std::uint64_t(std::uint64_t step)> limit;
  // Whether the run is about to end or to read the parameters, so that nothing more is begun.
  std::function<bool()> holds_back;
};

// Hands steps to a device ahead of time, as many as it takes; from the losses that come back the
// optimizer finds the same coefficients, so the same is published as if the step had been taken
// here.
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
  std::int64_t since_ns_ = 0;  // when the device turned to the step that it is at
};

}  // namespace trainbus
