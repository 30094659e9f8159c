// StepContext: the losses of a zeroth-order step, computed by the processes of the run or replayed.
#include <string>

#include "engine/step.hpp"

namespace trainbus {

float StepContext::next_loss() {
  if (losses_read_ == in_.record.losses.size())
    refuse_record("has " + std::to_string(losses_read_) +
                  " losses in the journal, the optimizer needs more");
  return in_.record.losses[losses_read_++];
}

void StepContext::count_direction(const Losses& losses) {
  directions_loss_ += (losses.plus + losses.minus) / 2;
  outcome_.loss = directions_loss_ / static_cast<double>(++directions_);
}

// One direction's losses, means over the window's micro-batches.
Losses StepContext::add_direction(std::span<const Losses> micro_batches) {
  const double total = total_weight();
  Losses losses;
  for (std::size_t micro = 0; micro < micro_batches.size(); ++micro) {
    const double share = in_.window[micro].weight / total;
    losses.plus += share * micro_batches[micro].plus;
    losses.minus += share * micro_batches[micro].minus;
  }
  // A single micro-batch's share is 1, so its losses are the window's.
  if (in_.window.size() > 1)
    for (const double mean : {losses.plus, losses.minus}) in_.record.means.push_back(mean);
  count_direction(losses);
  return losses;
}

// The numbers come in the order in which one process computes them: all micro-batches of one
// direction, then the next one's.
std::vector<Losses> StepContext::computed_losses(std::span<const Direction* const> z, double eps,
                                                 WeightsKind kind) {
  const std::size_t micro_batches = in_.window.size();
  std::vector<Losses> result, part;
  const ranks::Take take = [&](std::size_t item, std::span<const float> numbers) {
    const std::size_t micro = item % micro_batches;
    record_forward(numbers[0], micro, +1);
    record_forward(numbers[1], micro, -1);
    part.push_back({numbers[0], numbers[1]});
    if (part.size() < micro_batches) return;
    result.push_back(add_direction(part));
    part.clear();
  };
  if (in_.ahead) {
    in_.ahead->begin(in_.step + 1);
    in_.ahead->finish(z.size(), take);
    return result;
  }
  LossWork losses(in_.model, z, in_.window,
                  {.eps = eps, .kind = kind, .objective = in_.objective, .step = in_.step},
                  in_.memory.scratch);
  ranks::Work work = losses.work();
  work.take = take;
  in_.communicator->begin(work);
  in_.communicator->finish();
  return result;
}

Losses StepContext::replayed_direction() {
  Losses losses;
  for (std::size_t micro = 0; micro < micro_count(); ++micro) {
    losses = {next_loss(), next_loss()};
    publish_forward(losses.plus, micro, +1);
    publish_forward(losses.minus, micro, -1);
  }
  if (micro_count() > 1) {
    const std::size_t first = 2 * directions_;
    if (in_.record.means.size() < first + 2) refuse_record("lacks mean losses in the journal");
    losses = {in_.record.means[first], in_.record.means[first + 1]};
  }
  count_direction(losses);
  return losses;
}

std::vector<Losses> StepContext::replayed_losses(std::size_t directions) {
  if (in_.ahead) {
    if (in_.replay) in_.replay->flush();
    in_.ahead->begin(in_.step + 1);
  }
  std::vector<Losses> result;
  for (std::size_t i = 0; i < directions; ++i) result.push_back(replayed_direction());
  return result;
}

std::vector<Losses> StepContext::losses(std::span<const Direction* const> z, double eps,
                                        WeightsKind kind) {
  return in_.recorded ? replayed_losses(z.size()) : computed_losses(z, eps, kind);
}

Losses StepContext::losses(const Direction& z, double eps, WeightsKind kind) {
  const Direction* const one[] = {&z};
  return losses(one, eps, kind).front();
}

}  // namespace trainbus
