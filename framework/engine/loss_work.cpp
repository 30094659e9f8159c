#include "engine/loss_work.hpp"

#include <ATen/core/grad_mode.h>

#include <numeric>

#include "engine/batch_check.hpp"
#include "engine/directions/low_rank_weights.hpp"

namespace trainbus {

LossWork::LossWork(const Model& model, std::span<const Direction* const> directions,
                   std::span<const Batch> window, const LossSettings& settings, Scratch& scratch)
    : model_(model),
      directions_(directions.begin(), directions.end()),
      window_(window),
      settings_(settings),
      scratch_(scratch) {}

LossWork::~LossWork() = default;

void LossWork::prepare(const Direction& z) {
  if (prepared_ == &z) return;
  prepared_ = &z;
  weights_.clear();
  const Parameters& theta = model_.parameters();
  const auto eps = static_cast<float>(settings_.eps);
  const WeightsKind kind = settings_.kind;
  if (const auto* low_rank = dynamic_cast<const LowRankDirection*>(&z)) {
    weights_.push_back(std::make_unique<LowRankWeights>(theta, *low_rank, eps));
  } else if (kind == WeightsKind::Dual && own_product_is_fast()) {
    weights_.push_back(std::make_unique<DualWeights>(theta, z, eps));
  } else if (kind == WeightsKind::Scratch || !own_product_is_fast()) {
    for (const float scale : {eps, -eps})
      weights_.push_back(std::make_unique<ScratchWeights>(theta, z, scale, scratch_));
  } else {
    for (const float scale : {eps, -eps})
      weights_.push_back(std::make_unique<PerturbedWeights>(theta, z, scale));
  }
}

// One loss for each side that the weights have.
void LossWork::add_losses(Weights& weights, std::size_t micro, std::vector<float>& numbers) const {
  const Batch& batch = window_[micro];
  const bool is_loss = settings_.objective == Objective::Loss;
  if (is_loss && predicts_tokens(batch) && add_token_losses(weights, batch, numbers)) return;
  const at::Tensor logits = model_.logits(weights, batch);
  check_logits(logits, batch, weights.sides(), {"a micro-batch of step", settings_.step + 1});
  for (const float value : objective_values(settings_.objective, logits, batch))
    numbers.push_back(value);
}

// False: the model has none. The mean over the tokens, summed in one order whatever the number of
// threads.
bool LossWork::add_token_losses(Weights& weights, const Batch& batch,
                                std::vector<float>& numbers) const {
  at::Tensor losses = model_.token_losses(weights, batch);
  if (!losses.defined()) return false;
  losses = losses.contiguous();
  const auto* loss = losses.const_data_ptr<float>();
  const std::int64_t tokens = batch.targets.numel();
  for (std::int64_t side = 0; side < losses.size(0); ++side, loss += tokens)
    numbers.push_back(static_cast<float>(std::accumulate(loss, loss + tokens, 0.0) /
                                         static_cast<double>(tokens)));
  return true;
}

void LossWork::compute(std::size_t item, std::vector<float>& numbers) {
  const at::NoGradGuard no_grad;
  prepare(*directions_[item / window_.size()]);
  for (const std::unique_ptr<Weights>& weights : weights_)
    add_losses(*weights, item % window_.size(), numbers);
}

ranks::Work LossWork::work() {
  return {
      .kind = ranks::Work::Kind::Losses,
      .number = settings_.step,
      .items = items(),
      .compute = [this](std::size_t item, std::vector<float>& numbers) { compute(item, numbers); },
      .width = 2};
}

}  // namespace trainbus
