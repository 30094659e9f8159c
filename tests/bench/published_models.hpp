// Models as Hugging Face's transformers computes them, operation by operation in plain LibTorch, on
// right-padded batches: what the published MeZO trainer calls. Peers of the benchmark.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "formats/config.hpp"
#include "models/batch.hpp"

namespace trainbus::bench {

// Packed sequences as a rectangle, padding on the right.
struct PaddedBatch {
  at::Tensor ids;       // [B, T] int64
  at::Tensor lengths;   // [B] int64
  at::Tensor mask;      // [B, 1, T, T] bool: what each position may see
  at::Tensor labels;    // [B, T] int64: the next token where it counts, else -100
  std::int64_t tokens;  // that are not padding
};

// Every sequence followed by the token that its label stands for, as a causal language model is
// trained; words[target] is the token of a class.
PaddedBatch pad_for_language_model(const Batch& batch, const std::vector<std::int64_t>& words);

// LlamaForCausalLM with labels: scores of the whole vocabulary at every position, cross-entropy
// where labels are. parameters: in the order of Llama::shapes.
at::Tensor published_llama_loss(const std::vector<at::Tensor>& parameters,
                                const ModelConfig& config, const PaddedBatch& batch);

}  // namespace trainbus::bench
