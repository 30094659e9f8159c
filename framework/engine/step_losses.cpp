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

void StepContext::count_direction(std::span<const double> sides) {
  double sum = 0;
  for (const double loss : sides) sum += loss;
  directions_loss_ += sum / static_cast<double>(sides.size());
  outcome_.loss = directions_loss_ / static_cast<double>(++directions_);
}

// One direction's losses, means over the window's micro-batches. numbers: of every micro-batch all
// sides.
void StepContext::add_direction(std::span<const float> numbers, std::size_t sides,
                                std::vector<double>& points) {
  const double total = total_weight();
  for (std::size_t side = 0; side < sides; ++side) {
    double mean = 0;
    for (std::size_t micro = 0; micro < in_.window.size(); ++micro)
      mean += in_.window[micro].weight / total * numbers[micro * sides + side];
    points.push_back(mean);
    // A single micro-batch's share is 1, so its losses are the window's.
    if (in_.window.size() > 1) in_.record.means.push_back(mean);
  }
  count_direction(std::span(points).last(sides));
}

// The numbers come in the order in which one process computes them: all micro-batches of one
// direction, then the next one's.
std::vector<double> StepContext::computed_losses(std::span<const Direction* const> z,
                                                 const LossSettings& settings) {
  const std::size_t sides = count_of(settings.sides);
  std::vector<double> points;
  std::vector<float> part;  // of one direction
  const ranks::Take take = [&](std::size_t item, std::span<const float> numbers) {
    for (std::size_t side = 0; side < sides; ++side)
      record_forward(numbers[side], item % in_.window.size(), side == 0 ? +1 : -1);
    part.insert(part.end(), numbers.begin(), numbers.end());
    if (part.size() < sides * in_.window.size()) return;
    add_direction(part, sides, points);
    part.clear();
  };
  take_losses(z, settings, take);
  return points;
}

void StepContext::take_losses(std::span<const Direction* const> z, const LossSettings& settings,
                              const ranks::Take& take) {
  if (in_.ahead) {
    in_.ahead->begin(in_.step + 1);
    in_.ahead->finish(z.size() * count_of(settings.sides), take);
    return;
  }
  LossWork losses(in_.model, z, in_.window, settings, in_.memory.scratch);
  ranks::Work work = losses.work();
  work.take = take;
  if (in_.communicator->size() == 1) work.give_up = in_.give_up;
  in_.communicator->begin(work);
  in_.communicator->finish();
}

// One micro-batch's examples, each at + and −. The record's means are those of its two sides, for
// the events of a replay.
void StepContext::take_examples(std::size_t micro, std::span<const float> numbers,
                                std::vector<double>& points) {
  const std::size_t first = points.size();
  points.insert(points.end(), numbers.begin(), numbers.end());
  in_.record.losses.insert(in_.record.losses.end(), numbers.begin(), numbers.end());
  in_.record.tokens.push_back(static_cast<std::uint32_t>(in_.window[micro].token_count));
  for (const std::size_t side : {0, 1}) {
    double sum = 0;
    for (std::size_t i = side; i < numbers.size(); i += 2) sum += numbers[i];
    in_.record.means.push_back(2 * sum / static_cast<double>(numbers.size()));
    publish_forward(in_.record.means.back(), micro, side == 0 ? +1 : -1);
  }
  for (std::size_t i = first; i < points.size(); i += 2)
    count_direction(std::span(points).subspan(i, 2));
}

std::vector<double> StepContext::replayed_examples() {
  if (in_.record.means.size() != 2 * micro_count())
    refuse_record("has other means in the journal than directions of examples give");
  for (std::size_t micro = 0; micro < micro_count(); ++micro)
    for (const std::size_t side : {0, 1})
      publish_forward(in_.record.means[2 * micro + side], micro, side == 0 ? +1 : -1);
  const std::vector<double> points(in_.record.losses.begin(), in_.record.losses.end());
  if (points.size() % 2 != 0) refuse_record("has an odd number of losses in the journal");
  for (std::size_t i = 0; i < points.size(); i += 2)
    count_direction(std::span(points).subspan(i, 2));
  return points;
}

std::vector<double> StepContext::example_losses(const LossSettings& settings) {
  if (in_.recorded) {
    begin_next();
    return replayed_examples();
  }
  std::vector<double> points;
  take_losses({}, settings, [&](std::size_t item, std::span<const float> numbers) {
    take_examples(item, numbers, points);
  });
  return points;
}

void StepContext::replay_direction(std::size_t sides, std::vector<double>& points) {
  const std::size_t first = points.size();
  points.resize(first + sides);
  for (std::size_t micro = 0; micro < micro_count(); ++micro)
    for (std::size_t side = 0; side < sides; ++side) {
      points[first + side] = next_loss();
      publish_forward(points[first + side], micro, side == 0 ? +1 : -1);
    }
  if (micro_count() > 1)
    for (std::size_t side = 0; side < sides; ++side) {
      if (means_read_ == in_.record.means.size()) refuse_record("lacks mean losses in the journal");
      points[first + side] = in_.record.means[means_read_++];
    }
  count_direction(std::span(points).last(sides));
}

// Of a recorded step whose next one is computed, with overlap.
void StepContext::begin_next() {
  if (!in_.ahead) return;
  if (in_.replay) in_.replay->flush();
  in_.ahead->begin(in_.step + 1);
}

std::vector<double> StepContext::replayed_losses(std::size_t directions, std::size_t sides) {
  begin_next();
  std::vector<double> points;
  for (std::size_t i = 0; i < directions; ++i) replay_direction(sides, points);
  return points;
}

std::vector<double> StepContext::point_losses(std::span<const Direction* const> z,
                                              const LossSettings& settings) {
  return in_.recorded ? replayed_losses(z.size(), count_of(settings.sides))
                      : computed_losses(z, settings);
}

std::vector<Losses> StepContext::losses(std::span<const Direction* const> z, double eps,
                                        WeightsKind kind) {
  const std::vector<double> points =
      point_losses(z, {.eps = eps, .kind = kind, .objective = in_.objective, .step = in_.step});
  std::vector<Losses> result;
  for (std::size_t i = 0; i < points.size(); i += 2) result.push_back({points[i], points[i + 1]});
  return result;
}

Losses StepContext::losses(const Direction& z, double eps, WeightsKind kind) {
  const Direction* const one[] = {&z};
  return losses(one, eps, kind).front();
}

std::vector<double> StepContext::losses(const LossPlan& plan) {
  std::vector<const Direction*> z;
  for (const auto& direction : plan.directions) z.push_back(direction.get());
  const LossSettings settings{.eps = plan.eps,
                              .kind = plan.kind,
                              .sides = plan.sides,
                              .examples = plan.examples,
                              .objective = in_.objective,
                              .step = in_.step};
  return plan.examples ? example_losses(settings) : point_losses(z, settings);
}

}  // namespace trainbus
