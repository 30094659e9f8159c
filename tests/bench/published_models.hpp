// Models as Hugging Face's transformers computes them, operation by operation in plain LibTorch, on
// right-padded batches: what the published MeZO trainer calls. Peers of the benchmarks. Parameters
// and batch are in one device's memory; the parameters' type is the model's.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "formats/config/config.hpp"
#include "models/batch.hpp"

namespace trainbus::bench {

// Packed sequences as a rectangle, padding on the right.
struct PaddedBatch {
  at::Tensor ids;       // [B, T] int64
  at::Tensor lengths;   // [B] int64
  at::Tensor mask;      // [B, 1, T, T] bool: what each position may see; undefined: all before it
  at::Tensor labels;    // [B, T] int64: the next token where it counts, else -100; or [B]: classes
  std::int64_t tokens;  // that are not padding
};

// A copy in that device's memory, also of a batch that is already there. Waits.
PaddedBatch uploaded(const PaddedBatch& batch, at::Device device);

// Every sequence followed by its label's token, as in training a causal language model;
// words[target] is the token of a class.
PaddedBatch pad_for_language_model(const Batch& batch, const std::vector<std::int64_t>& words);

// LlamaForCausalLM with labels: scores of the whole vocabulary at every position, cross-entropy
// where labels are. parameters: in the order of Llama::shapes.
at::Tensor published_llama_loss(const std::vector<at::Tensor>& parameters,
                                const ModelConfig& config, const PaddedBatch& batch);

// OPTForCausalLM with labels: as above, the scores shifted in a copy of their own. parameters: in
// the order of Opt::shapes.
at::Tensor published_opt_loss(const std::vector<at::Tensor>& parameters, const ModelConfig& config,
                              const PaddedBatch& batch);

// Texts as they are, each with the class that is right.
PaddedBatch pad_for_encoder(const Batch& batch);

// BertModel, the mean over each text's tokens, a linear head, cross-entropy. parameters: in the
// order of BERT with a head over the mean.
at::Tensor published_bert_loss(const std::vector<at::Tensor>& parameters, const ModelConfig& config,
                               const PaddedBatch& batch);

}  // namespace trainbus::bench
