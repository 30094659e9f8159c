// The architectures of GGUF files, and what each has of its own. llama.cpp: llama-model.cpp.
#include <array>

#include "core/io/error.hpp"
#include "formats/config/gguf.hpp"

namespace trainbus {
namespace {

void read_llama(const GgufFields& fields, ModelConfig& config) {
  config.attention_bias = fields.has_tensor("blk.0.attn_q.bias");
  config.mlp_bias = fields.has_tensor("blk.0.ffn_up.bias");
}

void read_qwen3(const GgufFields& fields, ModelConfig& config) {
  config.attention_bias = fields.has_tensor("blk.0.attn_q.bias");
}

// Every fourth layer, as llama.cpp has it: the files do not say it.
void read_smollm3(const GgufFields& fields, ModelConfig& config) {
  read_llama(fields, config);
  for (std::int64_t i = 0; i < config.layers; ++i)
    config.attention.layers.push_back({.rotary = (i + 1) % 4 != 0});
}

// All but every `pattern`-th layer.
void set_windows(const GgufFields& fields, std::int64_t fallback, std::int64_t pattern,
                 ModelConfig& config) {
  config.attention.window = fields.size("attention.sliding_window", fallback);
  for (std::int64_t i = 0; i < config.layers; ++i)
    config.attention.layers.push_back({.window = (i + 1) % pattern != 0});
}

// Scores are divided by the root of the head's width, but in the largest model of each generation:
// the files do not say it.
void set_gemma_scale(std::int64_t layers_of_27b, ModelConfig& config) {
  config.attention.query_scalar = static_cast<double>(
      config.layers == layers_of_27b ? config.hidden_size / config.heads : config.head_dim);
}

void read_gemma2(const GgufFields& fields, ModelConfig& config) {
  set_windows(fields, 4096, 2, config);
  set_gemma_scale(46, config);
  config.attention.softcap = fields.number("attn_logit_softcapping", 50);
  config.logit_softcap = fields.number("final_logit_softcapping", 30);
}

void read_gemma3(const GgufFields& fields, ModelConfig& config) {
  set_windows(fields, 1024, 6, config);
  set_gemma_scale(62, config);
  config.logit_softcap = fields.number("final_logit_softcapping", 0);
  config.local_rope = {.theta = fields.number("rope.freq_base_swa", 10000),
                       .partial = config.rope.partial};
}

void read_phi3(const GgufFields& fields, ModelConfig& config) {
  if (fields.number("attention.sliding_window", 0) <= 0) return;
  config.attention.window = fields.size("attention.sliding_window");
  config.attention.layers.assign(static_cast<std::size_t>(config.layers), {.window = true});
}

void read_gpt_neox(const GgufFields& fields, ModelConfig& config) {
  config.attention_bias = true;
  config.parallel_residual = fields.flag("use_parallel_residual", true);
}

void read_falcon(const GgufFields& fields, ModelConfig& config) {
  config.parallel_residual = true;
  config.falcon.two_norms = fields.has_tensor("blk.0.attn_norm_2.weight");
  config.falcon.new_kind = config.falcon.two_norms || config.kv_heads > 1;
  config.falcon.grouped = config.falcon.new_kind;
}

// The network of an encoder, without a head.
void read_bert(const GgufFields& fields, ModelConfig& config) {
  const GgufTensor* types = fields.file().find("token_types.weight");
  config.type_vocab_size = types == nullptr ? 0 : types->rows();
  if (config.type_vocab_size < 1 || config.type_vocab_size > largest_model_extent)
    throw UsageError("has no rows of the tensor \"token_types.weight\", which BERT adds to tokens",
                     fields.where(), gguf_remedy);
  if (fields.flag("attention.causal", false))
    fields.refuse("attention.causal", "false: BERT sees whole texts");
  config.tie_word_embeddings = true;
}

constexpr std::array<GgufArchitecture, 11> architectures = {{
    {"llama", "llama", "LlamaForCausalLM", "silu", false, true, read_llama},
    {"qwen2", "qwen2", "Qwen2ForCausalLM", "silu"},
    {"qwen3", "qwen3", "Qwen3ForCausalLM", "silu", false, true, read_qwen3},
    {"gemma2", "gemma2", "Gemma2ForCausalLM", "gelu_pytorch_tanh", false, true, read_gemma2},
    {"gemma3", "gemma3_text", "Gemma3ForCausalLM", "gelu_pytorch_tanh", false, true, read_gemma3},
    {"phi3", "phi3", "Phi3ForCausalLM", "silu", false, true, read_phi3},
    {"smollm3", "smollm3", "SmolLM3ForCausalLM", "silu", false, true, read_smollm3},
    {"gpt2", "gpt2", "GPT2LMHeadModel", "gelu_new", true, false},
    {"gptneox", "gpt_neox", "GPTNeoXForCausalLM", "gelu", true, true, read_gpt_neox},
    {"falcon", "falcon", "FalconForCausalLM", "gelu", true, true, read_falcon},
    {"bert", "bert", "BertModel", "gelu", true, false, read_bert},
}};

}  // namespace

const GgufArchitecture* find_gguf_architecture(std::string_view name) {
  for (const GgufArchitecture& architecture : architectures)
    if (architecture.name == name) return &architecture;
  return nullptr;
}

std::string_view gguf_architecture_of(std::string_view model_type) {
  for (const GgufArchitecture& architecture : architectures)
    if (architecture.model_type == model_type) return architecture.name;
  return {};
}

std::string gguf_architecture_names() {
  std::string names;
  for (const GgufArchitecture& architecture : architectures) {
    const bool last = &architecture == &architectures.back();
    names += (names.empty() ? "\""
              : last        ? " or \""
                            : ", \"") +
             std::string(architecture.name) + "\"";
  }
  return names;
}

}  // namespace trainbus
