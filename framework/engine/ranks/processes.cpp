#include "engine/ranks/processes.hpp"

#include <utility>

#include "core/io/error.hpp"
#include "engine/evaluation/evaluation.hpp"
#include "engine/ranks/parameter_check.hpp"

namespace trainbus {
namespace {

// With a comparison of the processes' parameters, which of a first-order step is that of the step
// before.
ranks::Work checked(const ranks::Work& work, const Parameters& parameters) {
  ranks::Work result = work;
  result.check = [&parameters, turn = work.number] { return ranks::check_of(parameters, turn); };
  return result;
}

}  // namespace

void LeaderProcess::begin(const ranks::Work& work) { leader_.begin(checked(work, parameters_)); }

// A lost process leaves the sums of the others unfinished.
void LeaderProcess::sum(std::span<const at::Tensor> tensors) try {
  if (gradients_) gradients_->sum(tensors);
} catch (const RunError& error) {
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
                     trainbus::evaluate(scorer_of(model_), task_, static_cast<Split>(split), {},
                                        *this);
                   },
               .leaves = std::move(leaves)}) {}

void WorkerProcess::begin(const ranks::Work& work) {
  worker_.begin(checked(work, model_.parameters()));
}

void WorkerProcess::sum(std::span<const at::Tensor> tensors) {
  if (gradients_) gradients_->sum(tensors);
}

}  // namespace trainbus
