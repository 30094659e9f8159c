#include "engine/stepper.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace trainbus {
namespace {

StepOutcome run_optimizer(Optimizer& optimizer, const StepInputs& inputs) {
  StepContext context(inputs);
  optimizer.step(context);
  return context.finish();
}

}  // namespace

Stepper::~Stepper() = default;

StepOutcome LocalStepper::step(const StepInputs& inputs) {
  const std::int64_t begin_ns = inputs.publisher.run_ns();
  std::vector<Batch> window;
  StepInputs here = inputs;
  if (inputs.ahead) {
    inputs.ahead->begin(inputs.step);  // unless the step before has
    here.window = inputs.ahead->window();
  } else {
    window = windows_.of_step(inputs.step);
    here.window = window;
  }
  StepOutcome outcome = run_optimizer(optimizer_, here);
  outcome.duration_ns = inputs.publisher.run_ns() - begin_ns;
  return outcome;
}

StepOutcome ReplayStepper::step(const StepInputs& inputs) {
  StepInputs replayed = inputs;
  replayed.recorded = true;
  if (inputs.step + 1 < replay_source_.last_step()) replayed.ahead = nullptr;
  // The parameters of a checkpoint hold the updates of the steps before it.
  if (inputs.step >= replay_source_.parameters_step) replayed.replay = &replay_;
  StepOutcome outcome = run_optimizer(optimizer_, replayed);
  outcome.duration_ns = static_cast<std::int64_t>(inputs.record.duration_ns);
  return outcome;
}

StepOutcome DeviceStepper::step(const StepInputs& inputs) {
  begin_steps(inputs);
  device_.finish(inputs.record);
  finished_ = inputs.step + 1;
  const std::int64_t now_ns = inputs.publisher.run_ns();
  const std::int64_t duration_ns = now_ns - std::exchange(since_ns_, now_ns);
  StepInputs done = inputs;
  done.recorded = true;
  StepOutcome outcome = run_optimizer(optimizer_, done);
  outcome.duration_ns = duration_ns;
  return outcome;
}

void DeviceStepper::begin_steps(const StepInputs& inputs) {
  begun_ = std::max(begun_, inputs.step);
  finished_ = inputs.step;
  const std::uint64_t last = plan_.limit(inputs.step);
  const std::size_t depth = std::max<std::size_t>(device_.depth(), 1);
  while (pending_steps() < depth && begun_ < last) {
    if (pending_steps() == 0)
      since_ns_ = inputs.publisher.run_ns();
    else if (plan_.holds_back())
      return;
    const std::vector<Batch> window = windows_.of_step(begun_);
    device_.begin({begun_, inputs.seed, plan_.lr(begun_), window});
    ++begun_;
  }
}

}  // namespace trainbus
