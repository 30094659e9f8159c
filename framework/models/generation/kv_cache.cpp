#include "models/generation/kv_cache.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>

namespace trainbus {
namespace {

void copy(const float* from, std::int64_t count, float* to) {
  std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
}

}  // namespace

kernels::KeptKeys KvCache::layer(std::int64_t layer) {
  const std::int64_t keys = heads_.key_value * capacity_ * heads_.dimension;
  float* const first = memory_.mutable_data_ptr<float>() + layer * memory_.size(1);
  return {tokens_, capacity_, first, first + keys};
}

void KvCache::reserve(std::int64_t tokens) {
  if (tokens <= capacity_) return;
  constexpr std::int64_t block = kernels::kept_block;
  const std::int64_t wanted = std::max(tokens, capacity_ + capacity_ / 2);
  KvCache grown(layers_, heads_);
  grown.capacity_ = (wanted + block - 1) / block * block;
  grown.tokens_ = tokens_;
  const std::int64_t d = heads_.dimension, width = kernels::kept_width(d);
  grown.memory_ =
      at::empty({layers_, heads_.key_value * grown.capacity_ * (d + width)}, at::kFloat);
  const std::int64_t held = (tokens_ + block - 1) / block * block;
  for (std::int64_t i = 0; held > 0 && i < layers_; ++i) {
    const kernels::KeptKeys from = layer(i), to = grown.layer(i);
    for (std::int64_t head = 0; head < heads_.key_value; ++head) {
      copy(from.keys + head * capacity_ * d, held * d, to.keys + head * to.capacity * d);
      copy(from.values + head * capacity_ * width, held * width,
           to.values + head * to.capacity * width);
    }
  }
  *this = std::move(grown);
}

}  // namespace trainbus
