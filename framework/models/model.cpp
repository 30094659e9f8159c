#include "models/model.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/index_add.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros.h>

namespace trainbus {
namespace {

// Mean of −log p[target] over the middle axis: log_p [S, R, C], targets [R] → [S].
at::Tensor mean_negative_log_likelihood(const at::Tensor& log_p, const at::Tensor& targets) {
  const at::Tensor index = targets.view({1, -1, 1}).expand({log_p.size(0), -1, 1});
  return -at::gather(log_p, 2, index).squeeze(2).mean(1);
}

}  // namespace

Model::Model(Parameters parameters) : parameters_(std::move(parameters)) {}
Model::~Model() = default;

at::Tensor Model::loss(Weights& weights, const Batch& batch) const {
  return cross_entropy(logits(weights, batch), batch);
}

at::Tensor class_scores(const at::Tensor& logits, const Batch& batch) {
  if (batch.option_count == 0) return logits;
  const at::Tensor log_p = at::log_softmax(logits, -1);
  const at::Tensor index = batch.target_positions * logits.size(-1) + batch.targets;
  const at::Tensor chosen = at::index_select(log_p.flatten(1), 1, index);  // [S, T]
  const std::int64_t options = batch.labels.numel() * batch.option_count;
  const at::Tensor sums = at::zeros({logits.size(0), options}, logits.options())
                              .index_add(1, batch.target_options, chosen);
  const at::Tensor ones = at::ones_like(batch.target_options, logits.options());
  const at::Tensor counts =
      at::zeros({options}, logits.options()).index_add(0, batch.target_options, ones);
  return (sums / counts).view({logits.size(0), -1, batch.option_count});
}

at::Tensor cross_entropy(const at::Tensor& logits, const Batch& batch) {
  const at::Tensor scores = class_scores(logits.to(at::kFloat), batch);
  const at::Tensor& targets = batch.option_count == 0 ? batch.targets : batch.labels;
  return mean_negative_log_likelihood(at::log_softmax(scores, -1), targets);
}

}  // namespace trainbus
