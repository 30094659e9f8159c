#include "formats/gguf_llama.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "core/io/error.hpp"
#include "formats/config_check.hpp"

namespace trainbus {
namespace {

struct NamePair {
  std::string_view gguf;
  std::string_view hugging_face;
};

// In Hugging Face's parameter order.
constexpr std::array<NamePair, 9> block_names = {{
    {"attn_q.weight", "self_attn.q_proj.weight"},
    {"attn_k.weight", "self_attn.k_proj.weight"},
    {"attn_v.weight", "self_attn.v_proj.weight"},
    {"attn_output.weight", "self_attn.o_proj.weight"},
    {"ffn_gate.weight", "mlp.gate_proj.weight"},
    {"ffn_up.weight", "mlp.up_proj.weight"},
    {"ffn_down.weight", "mlp.down_proj.weight"},
    {"attn_norm.weight", "input_layernorm.weight"},
    {"ffn_norm.weight", "post_attention_layernorm.weight"},
}};

// Where a tensor stands in the parameter order: (block, place in it); the final norm and the head
// come after all blocks.
using Position = std::pair<std::int64_t, std::size_t>;
constexpr std::int64_t before_blocks = -1, after_blocks = INT64_MAX;

struct Placed {
  Position position;
  LlamaTensor tensor;
};

std::int64_t head_count(const GgufFile& file, std::string_view key, std::int64_t fallback) {
  const std::int64_t heads = file.integer(key).value_or(fallback);
  if (heads < 1 || heads > largest_model_extent)
    throw UsageError("metadata \"" + std::string(key) + "\" is missing, or not from 1 to " +
                         std::to_string(largest_model_extent),
                     file.path().string(), "Convert the model again with a current llama.cpp.");
  return heads;
}

// Splits "blk.N.rest"; none if the name is not of that form.
std::optional<std::pair<std::int64_t, std::string_view>> split_block(std::string_view name) {
  constexpr std::string_view prefix = "blk.";
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  std::int64_t block = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), block);
  name.remove_prefix(static_cast<std::size_t>(end - name.data()));
  if (error != std::errc() || block < 0 || !name.starts_with('.')) return std::nullopt;
  return std::pair(block, name.substr(1));
}

std::optional<Placed> place(const GgufTensor& stored) {
  if (stored.name == "token_embd.weight")
    return Placed{{before_blocks, 0}, {"model.embed_tokens.weight", &stored}};
  if (stored.name == "output_norm.weight")
    return Placed{{after_blocks, 0}, {"model.norm.weight", &stored}};
  if (stored.name == "output.weight") return Placed{{after_blocks, 1}, {"lm_head.weight", &stored}};
  const auto split = split_block(stored.name);
  if (!split) return std::nullopt;
  for (std::size_t i = 0; i < block_names.size(); ++i)
    if (split->second == block_names[i].gguf)
      return Placed{{split->first, i},
                    {"model.layers." + std::to_string(split->first) + "." +
                         std::string(block_names[i].hugging_face),
                     &stored}};
  return std::nullopt;
}

std::int64_t checked_head_dim(const GgufFile& file, const GgufTensor& stored, std::int64_t heads) {
  if (stored.shape.size() == 2 && stored.rows() % (2 * heads) == 0 && stored.rows() > 0)
    return stored.rows() / heads;
  throw UsageError("tensor \"" + stored.name + "\" has " + std::to_string(stored.rows()) +
                       " rows, expected an even number for each of " + std::to_string(heads) +
                       " heads",
                   file.path().string(), "Use an intact file of this architecture.");
}

}  // namespace

std::vector<LlamaTensor> llama_tensors(const GgufFile& file) {
  const std::string architecture(file.text("general.architecture").value_or(""));
  if (architecture != "llama")
    throw UsageError("is of architecture \"" + architecture + "\", expected \"llama\"",
                     file.path().string(),
                     "Use a Llama-family GGUF file or a safetensors checkpoint.");
  const std::int64_t heads = head_count(file, "llama.attention.head_count", 0);
  const std::int64_t kv_heads = head_count(file, "llama.attention.head_count_kv", heads);
  std::vector<Placed> placed;
  for (const GgufTensor& stored : file.tensors()) {
    std::optional<Placed> found = place(stored);
    if (!found)
      throw UsageError("tensor \"" + stored.name + "\" is none of the Llama family",
                       file.path().string(), "Use a file without rope factors, biases or experts.");
    if (stored.name.ends_with("attn_q.weight"))
      found->tensor.head_dim = checked_head_dim(file, stored, heads);
    if (stored.name.ends_with("attn_k.weight"))
      found->tensor.head_dim = checked_head_dim(file, stored, kv_heads);
    placed.push_back(*std::move(found));
  }
  std::sort(placed.begin(), placed.end(),
            [](const Placed& a, const Placed& b) { return a.position < b.position; });
  std::vector<LlamaTensor> tensors;
  for (Placed& entry : placed) tensors.push_back(std::move(entry.tensor));
  return tensors;
}

void dequantize(const GgufFile& file, const LlamaTensor& tensor, float* out, std::int64_t row_begin,
                std::int64_t row_end) {
  if (tensor.head_dim == 0) return file.dequantize(*tensor.stored, out, row_begin, row_end);
  for (std::int64_t row = row_begin; row < row_end; ++row) {
    const std::int64_t stored = llama_stored_row(row, tensor.head_dim);
    file.dequantize(*tensor.stored, out, stored, stored + 1);
    out += tensor.stored->row_length();
  }
}

}  // namespace trainbus
