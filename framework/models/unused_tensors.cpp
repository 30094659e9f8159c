// Stored tensors that a model does not read.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "models/parameter_files.hpp"
#include "models/stored_parts.hpp"

namespace trainbus {
namespace {

// Tables that older transformers stored though they follow from the configuration.
bool is_buffer(std::string_view name) {
  for (const std::string_view end : {"position_ids", "token_type_ids", "rotary_emb.inv_freq",
                                     ".attn.bias", ".attn.masked_bias", "rope_freqs.inv_freq"})
    if (name.ends_with(end)) return true;
  return false;
}

// "model.layers.#." of "model.layers.3.mlp.up_proj.weight"; empty: not inside a layer.
std::string layer_of(const std::string& name) {
  const std::string kind = kind_of_name(name);
  const std::size_t number = kind.find(".#.");
  return number == std::string::npos ? std::string() : kind.substr(0, number + 3);
}

bool is_all_zero(const Checkpoint& checkpoint, const std::string& name) try {
  const std::vector<std::int64_t>& shape = *checkpoint.shape(name);
  const std::int64_t rows = shape.size() < 2 ? 1 : shape.front();
  std::int64_t row_length = 1;
  for (std::size_t i = shape.size() < 2 ? 0 : 1; i < shape.size(); ++i) row_length *= shape[i];
  std::vector<float> row(static_cast<std::size_t>(row_length));
  for (std::int64_t i = 0; i < rows && row_length > 0; ++i) {
    checkpoint.read(name, i, i + 1, row.data());
    if (std::any_of(row.begin(), row.end(), [](float x) { return x != 0; })) return false;
  }
  return true;
} catch (const UsageError&) {  // integers, say
  return false;
}

std::string list(const std::vector<std::string>& names) {
  constexpr std::size_t most = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i)
    text += (i > 0 ? ", '" : "'") + names[i] + "'";
  if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
  return text;
}

}  // namespace

void check_unused(const Checkpoint& checkpoint, const CheckpointMap& map,
                  const std::set<std::string>& taken, bool all) {
  std::set<std::string> layers;
  for (const std::string& name : taken)
    if (const std::string layer = layer_of(name); !layer.empty()) layers.insert(layer);
  std::vector<std::string> inside, unused;
  for (const std::string& name : checkpoint.names()) {
    if (taken.contains(name) || map.ignores(name) || is_buffer(name)) continue;
    if (all)
      throw UsageError("tensor \"" + name + "\" is none that the family computes with",
                       checkpoint.path().string(),
                       "Use a file without rope factors, biases or experts.");
    const bool matters = layers.contains(layer_of(name)) && !is_all_zero(checkpoint, name);
    (matters ? inside : unused).push_back(name);
  }
  if (!inside.empty()) {
    const bool biases = std::all_of(inside.begin(), inside.end(), [](const std::string& name) {
      return name.ends_with(".bias");
    });
    const std::string count =
        inside.size() == 1 ? (biases ? "a bias" : "a tensor")
                           : std::to_string(inside.size()) + (biases ? " biases" : " tensors");
    throw UsageError(
        "holds " + count + " of the model's layers that the configuration does not ask for: " +
            list(inside) + "; without them the answers would be others",
        checkpoint.path().string(),
        biases ? "If they belong to the model, set \"attention_bias\" (or \"mlp_bias\") to true in "
                 "config.json; if not, remove them from the checkpoint."
               : "Use a checkpoint without them, whose adapters are merged and whose family is "
                 "the one that config.json names.");
  }
  if (!unused.empty())
    log::warning(checkpoint.path().string() + ": " + std::to_string(unused.size()) +
                 (unused.size() == 1 ? " tensor is" : " tensors are") +
                 " stored that this model does not use and does not save: " + list(unused));
}

}  // namespace trainbus
