#include "models/generation/next_logits.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/io/error.hpp"
#include "models/generation/cached_weights.hpp"

namespace trainbus {
namespace {

Batch batch_of(std::span<const Continuation> texts) {
  std::vector<std::int64_t> tokens, offsets = {0}, starts, last;
  for (const Continuation& text : texts) {
    if (text.tokens.empty())
      throw RunError("a text of no tokens to continue", "generation",
                     "Give at least one token that is not in the cache yet.");
    tokens.insert(tokens.end(), text.tokens.begin(), text.tokens.end());
    starts.push_back(text.cache->size());
    offsets.push_back(static_cast<std::int64_t>(tokens.size()));
    last.push_back(offsets.back() - 1);
  }
  Batch batch;
  batch.token_count = offsets.back();
  batch.examples = static_cast<std::int64_t>(texts.size());
  batch.tokens = at::tensor(tokens);
  batch.offsets = at::tensor(offsets);
  batch.starts = at::tensor(starts);
  if (batch.token_count > batch.examples) batch.logit_positions = at::tensor(last);
  return batch;
}

void check_positions(const PretrainedModel& model, const Batch& batch) {
  const std::int64_t longest = longest_sequence(batch);
  if (longest <= model.positions()) return;
  throw RunError("a text of " + std::to_string(longest) + " tokens for a model of " +
                     std::to_string(model.positions()) + " positions",
                 "generation", "Generate fewer tokens, or give a shorter prompt.");
}

}  // namespace

KvCache cache_for(const PretrainedModel& model) {
  const ModelConfig& config = model.config();
  return {config.layers, {config.heads, config.kv_heads, config.head_dim}};
}

at::Tensor next_logits(const PretrainedModel& model, Weights& weights,
                       std::span<const Continuation> texts) {
  const at::NoGradGuard no_grad;
  const Batch batch = batch_of(texts);
  check_positions(model, batch);
  std::vector<KvCache*> caches;
  for (const Continuation& text : texts) {
    text.cache->reserve(text.cache->size() + static_cast<std::int64_t>(text.tokens.size()));
    caches.push_back(text.cache);
  }
  CachedWeights cached(weights, caches);
  at::Tensor logits = model.logits(cached, batch).squeeze(0);
  for (const Continuation& text : texts)
    text.cache->advance(static_cast<std::int64_t>(text.tokens.size()));
  return logits;
}

}  // namespace trainbus
