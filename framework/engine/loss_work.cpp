#include "engine/loss_work.hpp"

#include <ATen/core/grad_mode.h>

#include <numeric>

#include "engine/batch_check.hpp"
#include "engine/directions/low_rank_weights.hpp"

namespace trainbus {

LossWork::LossWork(const Model& model, std::span<const Direction* const> directions,
                   std::span<const Batch> window, double eps, WeightsKind kind, Scratch& scratch,
                   std::uint64_t step)
    : model_(model),
      directions_(directions.begin(), directions.end()),
      window_(window),
      eps_(static_cast<float>(eps)),
      kind_(kind),
      scratch_(scratch),
      step_(step) {}

LossWork::~LossWork() = default;

void LossWork::prepare(const Direction& z) {
  if (prepared_ == &z) return;
  prepared_ = &z;
  weights_.clear();
  const Parameters& theta = model_.parameters();
  if (const auto* low_rank = dynamic_cast<const LowRankDirection*>(&z)) {
    weights_.push_back(std::make_unique<LowRankWeights>(theta, *low_rank, eps_));
  } else if (kind_ == WeightsKind::Dual && own_product_is_fast()) {
    weights_.push_back(std::make_unique<DualWeights>(theta, z, eps_));
  } else if (kind_ == WeightsKind::Scratch || !own_product_is_fast()) {
    for (const float scale : {eps_, -eps_})
      weights_.push_back(std::make_unique<ScratchWeights>(theta, z, scale, scratch_));
  } else {
    for (const float scale : {eps_, -eps_})
      weights_.push_back(std::make_unique<PerturbedWeights>(theta, z, scale));
  }
}

// One loss for each side that the weights have.
void LossWork::add_losses(Weights& weights, std::size_t micro, std::vector<float>& numbers) const {
  const Batch& batch = window_[micro];
  if (predicts_tokens(batch) && add_token_losses(weights, batch, numbers)) return;
  const at::Tensor logits = model_.logits(weights, batch);
  check_logits(logits, batch, weights.sides(), {"a micro-batch of step", step_ + 1});
  const at::Tensor losses = cross_entropy(logits, batch).contiguous();
  const auto* first = losses.const_data_ptr<float>();
  numbers.insert(numbers.end(), first, first + losses.numel());
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
      .number = step_,
      .items = items(),
      .compute = [this](std::size_t item, std::vector<float>& numbers) { compute(item, numbers); },
      .width = 2};
}

}  // namespace trainbus
