#include "models/model.hpp"

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

at::Tensor class_scores(const at::Tensor& logits, const Batch& batch) {
  if (batch.choice_count == 0) return logits;
  const at::Tensor log_p = at::log_softmax(logits, -1);
  const at::Tensor index = batch.target_positions * logits.size(-1) + batch.targets;
  const at::Tensor chosen = at::index_select(log_p.flatten(1), 1, index);  // [S, T]
  // Sums in an order that devices have too, which index_add has not.
  const std::int64_t choices = batch.labels.numel() * batch.choice_count;
  const at::Tensor numbers = at::arange(choices, batch.target_choices.options());
  const at::Tensor belongs = batch.target_choices.unsqueeze(1) == numbers;  // [T, O]
  const at::Tensor sums = at::where(belongs, chosen.unsqueeze(2), 0.0).sum(1);
  const at::Tensor counts = belongs.sum(0);
  const at::Tensor means = sums / counts.clamp_min(1);
  return at::where(counts > 0, means, -std::numeric_limits<double>::infinity())
      .view({logits.size(0), -1, batch.choice_count});
}

at::Tensor cross_entropies(const at::Tensor& logits, const Batch& batch) {
  const at::Tensor scores = class_scores(logits.to(at::kFloat), batch);
  const at::Tensor& targets = batch.choice_count == 0 ? batch.targets : batch.labels;
  return of_targets(at::log_softmax(scores, -1), targets);
}

at::Tensor cross_entropy(const at::Tensor& logits, const Batch& batch) {
  return cross_entropies(logits, batch).mean(1);
}

}  // namespace trainbus
