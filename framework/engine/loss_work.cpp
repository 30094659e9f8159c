#include "engine/loss_work.hpp"

#include <ATen/core/grad_mode.h>

#include <string>
#include <utility>

#include "core/io/error.hpp"
#include "engine/batch_check.hpp"
#include "engine/directions/example_weights.hpp"
#include "engine/directions/low_rank_weights.hpp"

namespace trainbus {

LossWork::LossWork(const Model& model, std::span<const Direction* const> directions,
                   std::span<const Batch> window, const LossSettings& settings, Scratch& scratch)
    : model_(model),
      directions_(directions.begin(), directions.end()),
      window_(window),
      settings_(settings),
      scratch_(scratch) {
  if (settings.examples) find_examples();
}

LossWork::~LossWork() = default;

void LossWork::prepare(const Direction& z) {
  if (prepared_ == &z) return;
  prepared_ = &z;
  weights_.clear();
  const Parameters& theta = model_.parameters();
  const auto eps = static_cast<float>(settings_.eps);
  const WeightsKind kind = settings_.kind;
  const std::size_t sides = count_of(settings_.sides);
  const bool both = sides == 2 && settings_.objective->takes_both_sides();
  if (const auto* low_rank = dynamic_cast<const LowRankDirection*>(&z)) {
    if (both) weights_.push_back(std::make_unique<LowRankWeights>(theta, *low_rank, eps));
    for (std::size_t side = 0; side < sides && !both; ++side)
      weights_.push_back(
          std::make_unique<LowRankWeights>(theta, *low_rank, side == 0 ? eps : -eps, 1));
    return;
  }
  if (both && kind == WeightsKind::Dual && own_product_is_fast()) {
    weights_.push_back(std::make_unique<DualWeights>(theta, z, eps));
    return;
  }
  const bool scratch = kind == WeightsKind::Scratch || !own_product_is_fast();
  for (std::size_t side = 0; side < sides; ++side) {
    const float scale = side == 0 ? eps : -eps;
    if (scratch)
      weights_.push_back(std::make_unique<ScratchWeights>(theta, z, scale, scratch_));
    else
      weights_.push_back(std::make_unique<PerturbedWeights>(theta, z, scale));
  }
}

void LossWork::find_examples() {
  constexpr std::int64_t most = 32767;  // the numbers of directions
  if (model_.mixes_examples())
    throw UsageError(model_.family() +
                         " computes with rows that are of no token, so that examples cannot have "
                         "weights of their own",
                     "directions", "Train with --es.directions low-rank, or full.");
  std::int64_t examples = 0;
  for (const Batch& batch : window_) examples += rows_.emplace_back(batch).examples();
  if (examples > most)
    throw UsageError("a step has " + std::to_string(examples) +
                         " examples, and directions are numbered up to " + std::to_string(most),
                     "directions", "Give fewer micro-batches, or smaller ones.");
}

// The examples of all micro-batches are numbered through.
void LossWork::compute_examples(std::size_t micro, std::vector<float>& numbers) const {
  const Batch& batch = window_[micro];
  const ExampleRows& rows = rows_[micro];
  LowRankOptions first = *settings_.examples;
  for (std::size_t before = 0; before < micro; ++before)
    first.direction = static_cast<std::uint16_t>(first.direction + rows_[before].examples());
  ExampleWeights weights(model_.parameters(), first, rows, static_cast<float>(settings_.eps));
  const at::Tensor logits = model_.logits(weights, batch);
  check_logits(logits, batch, 2, {"a micro-batch of step", settings_.step + 1});
  const std::vector<float> values = settings_.objective->example_values(logits, batch);
  // The mean of each example's answers: one, or all targets of its sequences.
  const auto examples = static_cast<std::size_t>(rows.examples());
  const std::size_t answers = values.size() / 2;
  std::vector<double> sums(2 * examples), counts(examples);
  for (std::size_t i = 0; i < answers; ++i) {
    const auto example =
        batch.choice_count > 0 ? i : static_cast<std::size_t>(rows.of_positions()[i]);
    ++counts[example];
    for (const std::size_t side : {0, 1}) sums[2 * example + side] += values[side * answers + i];
  }
  for (std::size_t i = 0; i < sums.size(); ++i)
    numbers.push_back(static_cast<float>(sums[i] / counts[i / 2]));
}

void LossWork::compute(std::size_t item, std::vector<float>& numbers) {
  const at::NoGradGuard no_grad;
  if (settings_.examples) return compute_examples(item, numbers);
  prepare(*directions_[item / window_.size()]);
  const Batch& batch = window_[item % window_.size()];
  for (const std::unique_ptr<Weights>& weights : weights_)
    for (const float value : settings_.objective->values(
             model_, *weights, batch, {"a micro-batch of step", settings_.step + 1}))
      numbers.push_back(value);
}

ranks::Work LossWork::work() {
  std::vector<std::size_t> widths;
  for (const ExampleRows& rows : rows_)
    widths.push_back(2 * static_cast<std::size_t>(rows.examples()));
  return {
      .kind = ranks::Work::Kind::Losses,
      .number = settings_.step,
      .items = items(),
      .compute = [this](std::size_t item, std::vector<float>& numbers) { compute(item, numbers); },
      .width = count_of(settings_.sides),
      .widths = std::move(widths)};
}

}  // namespace trainbus
