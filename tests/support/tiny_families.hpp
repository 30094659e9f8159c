// A small model of every family, and batches for them.
#pragma once

#include <ATen/ops/tensor.h>

#include <memory>
#include <string>

#include "models/families/registry.hpp"
#include "support/language_batch.hpp"
#include "support/tiny_llama.hpp"
#include "tasks/prompt_classification/prompt_batches.hpp"

namespace trainbus::testing {

// A comma: it tells classes apart.
inline const char* const families[] = {"llama",
                                       "opt",
                                       "gemma2",
                                       "gemma3_text",
                                       "falcon",
                                       "gpt_neox",
                                       "bert",
                                       "bert, mean",
                                       "bert, classes",
                                       "roberta",
                                       "roberta, classes",
                                       "distilbert",
                                       "distilbert, classes",
                                       "electra",
                                       "electra, classes",
                                       "modernbert",
                                       "modernbert, classes",
                                       "deberta-v2",
                                       "deberta-v2, classes"};

inline std::unique_ptr<Model> seeded_model(const ModelConfig& config, kernels::Format format) {
  const ModelFamily& family = *find_model_family(config.model_type);
  Parameters parameters(family.shapes(config), format);
  for (ParameterId id = 0; id < parameters.size(); ++id) {
    const at::Tensor numbers = seeded(parameters[id].value.sizes().vec(), 100 + id, 0.5);
    kernels::store(numbers.const_data_ptr<float>(), parameters[id].stored(), numbers.numel());
  }
  return family.make(config, std::move(parameters));
}

// A decoder with every part that the registry's families have: windows, soft caps, norms of heads,
// partial rotary embeddings, blocks side by side.
inline std::unique_ptr<Model> tiny_decoder(ModelConfig config, kernels::Format format) {
  config.hidden_act = "gelu_new";
  if (config.model_type.starts_with("gemma")) {
    config.attention = {.window = 3, .layers = {{.window = true}, {}}, .query_scalar = 5};
    config.attention.softcap = config.model_type == "gemma2" ? 1.5 : 0;
    config.logit_softcap = config.attention.softcap * 2;
    config.local_rope.theta = config.model_type == "gemma2" ? 0 : 100;
  } else {
    config.parallel_residual = true;
    config.attention_bias = config.model_type == "gpt_neox";
    config.tie_word_embeddings = config.model_type == "falcon";
    if (config.model_type == "gpt_neox") config.kv_heads = config.heads, config.rope.partial = 0.5;
  }
  return seeded_model(config, format);
}

// Of any family, with pseudo-random weights.
inline std::unique_ptr<Model> tiny_model(const std::string& family, kernels::Format format) {
  ModelConfig config = tiny_llama_config();
  const std::size_t comma = family.find(',');
  config.model_type = family.substr(0, comma);
  if (config.model_type == "llama") return seeded_model(config, format);
  if (family.starts_with("gemma") || family == "falcon" || family == "gpt_neox")
    return tiny_decoder(config, format);
  config.kv_heads = config.heads;
  if (config.model_type == "opt") {
    config.hidden_act = "relu";
    return seeded_model(config, format);
  }
  config.hidden_act = "gelu";
  config.type_vocab_size = 2;
  config.embedding_size = config.hidden_size - 3;
  config.pad_id = 1;
  config.labels = {"bad", "so so", "good"};
  config.local_rope.theta = 100;
  config.attention = {.window = 4, .layers = {{}, {.window = true}}};
  config.modernbert.classifier_activation = "gelu";
  config.deberta = {.position_buckets = 4,
                    .max_relative_positions = 64,
                    .content_to_position = true,
                    .position_to_content = true,
                    .norm_relative = true,
                    .pooler_hidden_act = "gelu"};
  if (family.ends_with("classes")) config.architecture = "ForSequenceClassification";
  if (family.ends_with("mean")) config.classifier_pooling = "mean";
  return seeded_model(config, format);
}

// Three sequences of 6, 4 and 2 tokens.
inline Batch packed_batch() {
  const at::Tensor ids =
      at::tensor({7, 8, 6, 10, 11, 30, 1, 5, 9, 2, 0, 0, 3, 4, 0, 0, 0, 0}, at::kLong).view({3, 6});
  const at::Tensor mask =
      at::tensor({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0}, at::kLong).view({3, 6});
  return language_batch(ids, mask);
}

// A family's labels for the three: the next tokens, or a class for each.
inline Batch tiny_batch(const std::string& family) {
  Batch batch = packed_batch();
  if (family.find(',') == std::string::npos) return batch;
  batch.logit_positions = at::Tensor();
  batch.targets = at::tensor({2, 0, 1}, at::kLong);
  return batch;
}

// Prompts of several lengths, each with answer choices of one to three tokens.
inline Batch tiny_prompts() {
  tasks::Dataset data;
  for (const std::string word : {" ab", " c", " def"}) data.labels.push_back({word, word});
  for (const char* prompt : {"a", "It was bad.", "What a great thing this is", "so so"}) {
    tasks::Example example;
    example.prompt = prompt;
    example.text_size = example.prompt.size();
    example.label = static_cast<std::uint32_t>(data.train.size() % 3);
    data.train.push_back(example);
  }
  return PromptTask(data, byte_tokens, {}).train_batch(0, 0);
}

}  // namespace trainbus::testing
