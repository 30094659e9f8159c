#include "models/model.hpp"

#include <ATen/TensorIndexing.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/where.h>

#include <limits>

namespace trainbus {
namespace {

// log_p [S, R, C], targets [R] → [S, R].
at::Tensor of_targets(const at::Tensor& log_p, const at::Tensor& targets) {
  const at::Tensor index = targets.view({1, -1, 1}).expand({log_p.size(0), -1, 1});
  return -at::gather(log_p, 2, index).squeeze(2);
}

}  // namespace

Model::Model(Parameters parameters) : parameters_(std::move(parameters)) {}
Model::~Model() = default;

at::Tensor Model::loss(Weights& weights, const Batch& batch) const {
  return cross_entropy(logits(weights, batch), batch);
}

at::Tensor negative_log_likelihoods(const at::Tensor& logits, const at::Tensor& targets) {
  return of_targets(at::log_softmax(logits.to(at::kFloat), -1), targets);
}

at::Tensor Model::token_losses(Weights&, const Batch&) const { return {}; }

at::Tensor negative_log_likelihoods(const at::Tensor& logits, const at::Tensor& rows,
                                    const at::Tensor& targets) {
  using at::indexing::Slice;
  return -at::log_softmax(logits.to(at::kFloat), -1).index({Slice(), rows, targets});
}

at::Tensor class_scores(const at::Tensor& logits, const Batch& batch) {
  if (batch.choice_count == 0) return logits;
  const at::Tensor log_p = at::log_softmax(logits, -1);
  const at::Tensor index = batch.target_positions * logits.size(-1) + batch.targets;
  return choice_scores(at::index_select(log_p.flatten(1), 1, index), batch);
}

// Scores with a reference are differences of sums that are hundreds of times as large: in float64.
at::Tensor choice_scores(const at::Tensor& log_p, const Batch& batch) {
  const ChoiceScoring& how = batch.scoring;
  const bool plain = how == ChoiceScoring() && !batch.choice_references.defined();
  // Sums in an order that devices have too, which index_add has not.
  const std::int64_t choices = batch.labels.numel() * batch.choice_count;
  const at::Tensor numbers = at::arange(choices, batch.target_choices.options());
  const at::Tensor belongs = batch.target_choices.unsqueeze(1) == numbers;  // [T, O]
  const at::Tensor chosen = plain ? log_p : log_p.to(at::kDouble);
  at::Tensor scores = at::where(belongs, chosen.unsqueeze(2), 0.0).sum(1);
  const at::Tensor counts = belongs.sum(0);
  if (!how.sums) scores = scores / counts.clamp_min(1);
  if (batch.choice_references.defined()) scores = scores - batch.choice_references;
  if (how.scale != 1) scores = scores * how.scale;
  return at::where(counts > 0, scores, -std::numeric_limits<double>::infinity())
      .to(log_p.scalar_type())
      .view({log_p.size(0), -1, batch.choice_count});
}

at::Tensor choice_losses(const at::Tensor& scores, const Batch& batch) {
  const ChoiceScoring& how = batch.scoring;
  if (how == ChoiceScoring()) return of_targets(at::log_softmax(scores, -1), batch.labels);
  const at::Tensor exact = scores.to(at::kDouble);
  const at::Tensor is_right = batch.labels.unsqueeze(1) ==
                              at::arange(batch.choice_count, batch.labels.options());  // [E, K]
  if (how.loss == ChoiceScoring::Loss::Squared) {
    const at::Tensor margins = at::where(is_right, exact, -exact).sum(2);
    return ((margins - 0.5) / how.scale).square().to(at::kFloat);
  }
  const at::Tensor log_p = at::log_softmax(at::where(is_right, exact - how.margin, exact), -1);
  at::Tensor losses = of_targets(log_p, batch.labels);
  if (how.smoothing > 0)
    losses = losses * (1 - how.smoothing) - at::where(is_right, 0.0, log_p).sum(2) * how.smoothing;
  return losses.to(at::kFloat);
}

at::Tensor cross_entropies(const at::Tensor& logits, const Batch& batch) {
  const at::Tensor scores = class_scores(logits.to(at::kFloat), batch);
  if (batch.choice_count > 0) return choice_losses(scores, batch);
  return of_targets(at::log_softmax(scores, -1), batch.targets);
}

at::Tensor cross_entropy(const at::Tensor& logits, const Batch& batch) {
  return cross_entropies(logits, batch).mean(1);
}

}  // namespace trainbus
