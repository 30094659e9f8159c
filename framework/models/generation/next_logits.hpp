// One step of generation: what a decoder says comes next, after each of several texts.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "core/export.hpp"
#include "models/files/pretrained_model.hpp"
#include "models/generation/kv_cache.hpp"

namespace trainbus {

// A cache that fits the model.
TRAINBUS_EXPORT KvCache cache_for(const PretrainedModel& model);

// A text's tokens that are not in its cache yet, at least one.
struct Continuation {
  KvCache* cache = nullptr;
  std::span<const std::int32_t> tokens;
};

// The logits of the token after each text: [B, V] float32. The texts may be of any lengths, at any
// place: whole prompts beside single tokens. Every weight is read once for all of them. The tokens
// are in the caches afterwards, or, if this throws, not counted there. What a text gets does not
// depend on the others, nor on how its tokens were given; where trainbus's own product computes
// (see own_product_is_fast), to the bit.
//
// model: a decoder. weights: of one side, without gradients; θ or θ + εz. The caller makes sure
// that the cached keys still serve (PretrainedModel::keys_serve) and clears a cache where they do
// not. Throws RunError for an empty text, one longer than the model's positions, and weights of
// two sides.
TRAINBUS_EXPORT at::Tensor next_logits(const PretrainedModel& model, Weights& weights,
                                       std::span<const Continuation> texts);

}  // namespace trainbus
