// The keys and values of a text in every layer of a decoder, so that the next token costs one
// token's computation.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/export.hpp"
#include "kernels/attention.hpp"
#include "models/layers/attention.hpp"

namespace trainbus {

// Of one text; whoever generates several has one for each. float32, in the CPU's memory: a token
// takes 4·layers·H_kv·(d + d rounded up to 16) bytes. One thread at a time.
class TRAINBUS_EXPORT KvCache {
 public:
  KvCache(std::int64_t layers, layers::Heads heads) : layers_(layers), heads_(heads) {}
  KvCache(KvCache&&) = default;
  KvCache& operator=(KvCache&&) = default;

  std::int64_t size() const { return tokens_; }  // tokens that it holds
  std::int64_t layers() const { return layers_; }
  const layers::Heads& heads() const { return heads_; }
  std::int64_t bytes() const { return memory_.defined() ? memory_.numel() * 4 : 0; }

  // Makes room for so many tokens in all; keeps what it holds. Grows by at least half, so that
  // tokens may be added one by one.
  void reserve(std::int64_t tokens);
  // Counts tokens whose keys and values have been written in every layer.
  void advance(std::int64_t tokens) { tokens_ += tokens; }
  void clear() { tokens_ = 0; }  // keeps the memory

  // Where a layer's keys and values are; valid until the next reserve().
  kernels::KeptKeys layer(std::int64_t layer);

 private:
  std::int64_t layers_;
  layers::Heads heads_;
  std::int64_t tokens_ = 0, capacity_ = 0;
  at::Tensor memory_;  // [layers, H_kv · capacity · (d + width)]: of each layer keys, then values
};

}  // namespace trainbus
