#include "engine/ranks/processes.hpp"

#include <chrono>
#include <limits>
#include <utility>

#include "core/io/error.hpp"
#include "engine/evaluation/evaluation.hpp"
#include "engine/ranks/parameter_check.hpp"

namespace trainbus {
namespace {

// After a group has failed: until the link to the lost process has failed as well.
constexpr std::chrono::seconds time_to_show(2);

// With a comparison of the processes' parameters, which of a first-order step is that of the step
// before.
ranks::Work checked(const ranks::Work& work, const Parameters& parameters) {
  ranks::Work result = work;
  result.check = [&parameters, turn = work.number] { return ranks::check_of(parameters, turn); };
  return result;
}

}  // namespace

void LeaderProcess::begin(const ranks::Work& work) { leader_.begin(checked(work, parameters_)); }

// A lost process leaves the sums of the others unfinished. Which one it is shows in the links,
// which throw StepAbandoned with its name.
void LeaderProcess::sum(std::span<const at::Tensor> tensors) try {
  if (gradients_) gradients_->sum(tensors);
} catch (const RunError& error) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  leader_.gather(std::numeric_limits<std::size_t>::max(), 0, now + time_to_show, {});
  throw ranks::StepAbandoned{error.what()};
}

WorkerProcess::WorkerProcess(ranks::WorkerLink& link, ranks::Nanoseconds patience,
                             const Model& model, const Task& task,
                             std::function<std::string()> leaves)
    : model_(model),
      task_(task),
      worker_(link, patience,
              {.evaluate =
                   [this](std::uint8_t split) {
                     trainbus::evaluate(Scorer(model_), task_, static_cast<Split>(split), {},
                                        *this);
                   },
               .leaves = std::move(leaves)}) {}

void WorkerProcess::begin(const ranks::Work& work) {
  worker_.begin(checked(work, model_.parameters()));
}

// What comes of all batches is for the leader: to use the others' numbers, their batches would have
// to be made here as well.
bool WorkerProcess::evaluate(const ranks::Work& work) {
  ranks::Work own = work;
  own.take = {};
  return worker_.evaluate(own);
}

// The leader then says how the run ends.
void WorkerProcess::sum(std::span<const at::Tensor> tensors) try {
  if (gradients_) gradients_->sum(tensors);
} catch (const RunError&) {
  worker_.wait_for_the_end();
}

}  // namespace trainbus
