#include "support/gguf_models.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <cmath>
#include <cstring>
#include <map>
#include <numbers>
#include <vector>

#include "formats/file_bytes.hpp"

namespace trainbus::testing {
namespace {

const std::map<std::string, std::string> architectures = {
    {"llama", "llama"},        {"qwen2", "qwen2"},   {"qwen3", "qwen3"},     {"gemma2", "gemma2"},
    {"gemma3_text", "gemma3"}, {"phi3", "phi3"},     {"smollm3", "smollm3"}, {"gpt2", "gpt2"},
    {"gpt_neox", "gptneox"},   {"falcon", "falcon"}, {"bert", "bert"}};

// Hugging Face's names, of the whole model and within a layer.
const std::map<std::string, std::string> names = {
    {"model.embed_tokens", "token_embd"},
    {"transformer.wte", "token_embd"},
    {"gpt_neox.embed_in", "token_embd"},
    {"transformer.word_embeddings", "token_embd"},
    {"transformer.wpe", "position_embd"},
    {"model.norm", "output_norm"},
    {"transformer.ln_f", "output_norm"},
    {"gpt_neox.final_layer_norm", "output_norm"},
    {"lm_head", "output"},
    {"self_attn.q_proj", "attn_q"},
    {"self_attn.k_proj", "attn_k"},
    {"self_attn.v_proj", "attn_v"},
    {"self_attn.o_proj", "attn_output"},
    {"self_attn.qkv_proj", "attn_qkv"},
    {"self_attn.q_norm", "attn_q_norm"},
    {"self_attn.k_norm", "attn_k_norm"},
    {"mlp.gate_proj", "ffn_gate"},
    {"mlp.up_proj", "ffn_up"},
    {"mlp.gate_up_proj", "ffn_up"},
    {"mlp.down_proj", "ffn_down"},
    {"input_layernorm", "attn_norm"},
    {"pre_feedforward_layernorm", "ffn_norm"},
    {"post_feedforward_layernorm", "post_ffw_norm"},
    {"ln_1", "attn_norm"},
    {"ln_2", "ffn_norm"},
    {"attn.c_attn", "attn_qkv"},
    {"attn.c_proj", "attn_output"},
    {"mlp.c_fc", "ffn_up"},
    {"mlp.c_proj", "ffn_down"},
    {"attention.query_key_value", "attn_qkv"},
    {"attention.dense", "attn_output"},
    {"self_attention.query_key_value", "attn_qkv"},
    {"self_attention.dense", "attn_output"},
    {"mlp.dense_h_to_4h", "ffn_up"},
    {"mlp.dense_4h_to_h", "ffn_down"},
    {"embeddings.word_embeddings", "token_embd"},
    {"embeddings.position_embeddings", "position_embd"},
    {"embeddings.token_type_embeddings", "token_types"},
    {"embeddings.LayerNorm", "token_embd_norm"},
    {"attention.self.query", "attn_q"},
    {"attention.self.key", "attn_k"},
    {"attention.self.value", "attn_v"},
    {"attention.output.dense", "attn_output"},
    {"attention.output.LayerNorm", "attn_output_norm"},
    {"intermediate.dense", "ffn_up"},
    {"output.dense", "ffn_down"},
    {"output.LayerNorm", "layer_output_norm"},
    {"ln_attn", "attn_norm_2"},
    {"ln_mlp", "attn_norm"}};

bool is_gemma(const ModelConfig& config) { return config.model_type.starts_with("gemma"); }

std::string name_of(const std::string& parameter, const ModelConfig& config) {
  const std::size_t kind = parameter.rfind('.');
  const std::string stem = parameter.substr(0, kind), end = parameter.substr(kind);
  const std::size_t number = stem.find_first_of("0123456789");
  const bool in_layer = number != stem.npos && stem[number - 1] == '.';
  if (!in_layer) return names.at(stem) + end;
  const std::size_t behind = stem.find('.', number);
  const std::string within = stem.substr(behind + 1);
  const std::string block = "blk." + stem.substr(number, behind - number) + ".";
  if (within == "post_attention_layernorm")
    return block + (is_gemma(config) ? "post_attention_norm" : "ffn_norm") + end;
  return block + names.at(within) + end;
}

// As the converters of llama.cpp change the numbers.
at::Tensor converted(const std::string& parameter, const at::Tensor& value,
                     const ModelConfig& config) {
  const bool norm = parameter.find("norm.weight") != parameter.npos;
  if (is_gemma(config) && norm) return value + 1;
  const bool permuted = config.model_type == "llama" || config.model_type == "smollm3";
  const bool turned = parameter.find("self_attn.q_proj") != parameter.npos ||
                      parameter.find("self_attn.k_proj") != parameter.npos;
  if (!permuted || !turned) return value;
  const std::int64_t rows = value.size(0), heads = rows / config.head_dim;
  return value.view({heads, 2, config.head_dim / 2, -1})
      .transpose(1, 2)
      .reshape(value.sizes())
      .contiguous();
}

}  // namespace

GgufModelWriter::GgufModelWriter(const std::string& architecture) : prefix_(architecture + ".") {
  builder_.entry("general.architecture", GgufType::String, GgufBuilder::text(architecture));
}

void GgufModelWriter::number(const std::string& key, std::int64_t value) {
  builder_.entry(prefix_ + key, GgufType::Uint32, bytes_of(static_cast<std::uint32_t>(value)));
}

void GgufModelWriter::real(const std::string& key, double value) {
  builder_.entry(prefix_ + key, GgufType::Float32, bytes_of(static_cast<float>(value)));
}

void GgufModelWriter::text(const std::string& key, const std::string& value) {
  builder_.entry(prefix_ + key, GgufType::String, GgufBuilder::text(value));
}

void GgufModelWriter::flag(const std::string& key, bool value) {
  builder_.entry(prefix_ + key, GgufType::Bool, bytes_of(static_cast<std::uint8_t>(value)));
}

void GgufModelWriter::tokens(const std::string& model, const std::vector<std::string>& tokens) {
  builder_.entry("tokenizer.ggml.model", GgufType::String, GgufBuilder::text(model));
  std::string texts;
  for (const std::string& token : tokens) texts += GgufBuilder::text(token);
  builder_.entry("tokenizer.ggml.tokens", GgufType::Array,
                 GgufBuilder::array(GgufType::String, tokens.size(), texts));
  std::string types;
  constexpr std::int32_t normal = 1, control = 3;
  for (const std::string& token : tokens)
    types += bytes_of(token.starts_with('[') ? control : normal);
  builder_.entry("tokenizer.ggml.token_type", GgufType::Array,
                 GgufBuilder::array(GgufType::Int32, tokens.size(), types));
}

void GgufModelWriter::tensor(const std::string& name, const at::Tensor& value) {
  std::vector<std::uint64_t> axes;
  for (std::int64_t i = value.dim(); i-- > 0;)
    axes.push_back(static_cast<std::uint64_t>(value.size(i)));
  builder_.tensor(name, GgmlType::F32, axes, data_.size());
  data_.append(static_cast<const char*>(value.const_data_ptr()),
               static_cast<std::size_t>(value.numel()) * sizeof(float));
  data_.resize((data_.size() + 31) / 32 * 32);
}

void GgufModelWriter::write(const std::filesystem::path& path) {
  builder_.data(data_.size());
  std::string file = builder_.bytes(3);
  std::memcpy(file.data() + file.size() - data_.size(), data_.data(), data_.size());
  testing::write_bytes(path, file);
}

// convert_hf_to_gguf.py, LlamaModel.generate_extra_tensors.
at::Tensor llama3_divisors(const ModelConfig& config) {
  const Rope& rope = config.rope;
  at::Tensor divisors = at::empty({config.head_dim / 2}, at::kFloat);
  const double original = static_cast<double>(rope.original_positions);
  const double low = rope.low_frequency_factor, high = rope.high_frequency_factor;
  for (std::int64_t i = 0; i < config.head_dim / 2; ++i) {
    const double wave = 2 * std::numbers::pi * std::pow(rope.theta, 2.0 * i / config.head_dim);
    const double smooth = (original / wave - low) / (high - low);
    divisors[i] = wave < original / high  ? 1
                  : wave > original / low ? rope.factor
                                          : 1 / ((1 - smooth) / rope.factor + smooth);
  }
  return divisors;
}

void write_gguf_metadata(const ModelConfig& c, GgufModelWriter& file) {
  file.number("embedding_length", c.hidden_size);
  file.number("feed_forward_length", c.intermediate_size);
  file.number("block_count", c.layers);
  file.number("attention.head_count", c.heads);
  file.number("attention.head_count_kv", c.kv_heads);
  file.number("context_length", c.max_position_embeddings);
  if (c.head_dim * c.heads != c.hidden_size) file.number("attention.key_length", c.head_dim);
  const bool layer_norm = c.model_type == "gpt2" || c.model_type == "gpt_neox" ||
                          c.model_type == "falcon" || c.model_type == "bert";
  file.real(layer_norm ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon",
            c.norm_eps);
  if (c.rope.is_used()) {
    file.real("rope.freq_base", c.rope.theta);
    file.number("rope.dimension_count", rotated_features(c.rope, c.head_dim));
  }
  if (c.rope.kind == RopeKind::Linear) {
    file.text("rope.scaling.type", "linear");
    file.real("rope.scaling.factor", c.rope.factor);
  }
  if (c.rope.kind == RopeKind::Llama3) file.tensor("rope_freqs.weight", llama3_divisors(c));
  if (c.attention.window > 0) file.number("attention.sliding_window", c.attention.window);
  if (c.attention.softcap > 0) file.real("attn_logit_softcapping", c.attention.softcap);
  if (c.logit_softcap > 0) file.real("final_logit_softcapping", c.logit_softcap);
  if (c.model_type == "gpt_neox") file.flag("use_parallel_residual", c.parallel_residual);
}

ModelConfig as_gguf_says(ModelConfig config) {
  if (!is_gemma(config)) return config;
  config.attention.query_scalar = static_cast<double>(config.head_dim);
  const std::int64_t pattern = config.model_type == "gemma2" ? 2 : 6;
  for (std::int64_t i = 0; i < config.layers; ++i)
    config.attention.layers[static_cast<std::size_t>(i)].window = (i + 1) % pattern != 0;
  return config;
}

bool fits_gguf(const ModelConfig& config) {
  const bool windows = config.model_type == "qwen2" && config.attention.window > 0;
  return architectures.contains(config.model_type) && !windows &&
         config.rope.kind != RopeKind::Dynamic;
}

void write_gguf(const Parameters& parameters, const ModelConfig& config,
                const std::filesystem::path& path, const std::vector<std::string>& words) {
  GgufModelWriter file(architectures.at(config.model_type));
  if (!words.empty()) file.tokens("bert", words);
  write_gguf_metadata(config, file);
  for (const Parameter& parameter : parameters)
    if (!parameter.name.starts_with("head."))
      file.tensor(name_of(parameter.name, config),
                  converted(parameter.name, parameter.value, config));
  file.write(path);
}

}  // namespace trainbus::testing
