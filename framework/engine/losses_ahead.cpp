#include "engine/losses_ahead.hpp"

#include <optional>
#include <string>
#include <utility>

#include "core/io/error.hpp"

namespace trainbus {

void LossesAhead::begin(std::uint64_t step) {
  if (step < next_ || step >= last_) return;
  next_ = step + 1;
  std::optional<LossPlan> plan = optimizer_.plan_losses(model_.parameters(), seed_, step);
  if (!plan)
    throw UsageError(
        "this optimizer, or one of its options, does not say before a step which losses it will "
        "ask for",
        "--overlap", "Leave --overlap out.");
  auto round = std::make_unique<Round>();
  round->plan = std::move(*plan);
  for (const auto& z : round->plan.directions) round->directions.push_back(z.get());
  round->window = windows_.of_step(step);
  round->work = std::make_unique<LossWork>(model_, round->directions, round->window,
                                           LossSettings{.eps = round->plan.eps,
                                                        .kind = round->plan.kind,
                                                        .sides = round->plan.sides,
                                                        .examples = round->plan.examples,
                                                        .objective = &objective_,
                                                        .step = step},
                                           scratch_);
  const ranks::Work work = round->work->work();
  rounds_.push_back(std::move(round));
  communicator_.begin(work);
}

void LossesAhead::finish(std::size_t asked, const ranks::Take& take) {
  const Round& round = *rounds_.front();
  const std::size_t said = round.directions.size() * count_of(round.plan.sides);
  if (asked != said)
    throw RunError("the optimizer asks for " + std::to_string(asked) +
                       " losses, before the step it said " + std::to_string(said),
                   "--overlap", "Leave --overlap out, or mend its plan_losses().");
  communicator_.finish(take);
  rounds_.pop_front();
}

}  // namespace trainbus
