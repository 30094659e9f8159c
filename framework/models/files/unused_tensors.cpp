#include "models/files/unused_tensors.hpp"

#include <algorithm>
#include <string_view>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "models/files/stored_parts.hpp"

namespace trainbus {
namespace {

bool is_float(DType type) {
  return type == DType::F32 || type == DType::F64 || type == DType::BF16 || type == DType::F16;
}

// Tables that older transformers stored though they follow from the configuration.
bool is_buffer(const Checkpoint& checkpoint, std::string_view name) {
  for (const std::string_view end : {"position_ids", "token_type_ids", ".inv_freq", ".cos_cached",
                                     ".sin_cached", ".masked_bias"})
    if (name.ends_with(end)) return true;
  // A causal mask, [1, 1, positions, positions], of GPT-2 and GPT-NeoX.
  const std::vector<std::int64_t>& shape = *checkpoint.shape(name);
  return name.ends_with(".bias") && shape.size() == 4 && shape[0] == 1 && shape[1] == 1 &&
         shape[2] == shape[3];
}

// "model.layers.#." of "model.layers.3.mlp.up_proj.weight"; empty: not inside a layer.
std::string layer_of(const std::string& name) {
  const std::string kind = kind_of_name(name);
  const std::size_t number = kind.find(".#.");
  return number == std::string::npos ? std::string() : kind.substr(0, number + 3);
}

bool is_all_zero(const Checkpoint& checkpoint, const std::string& name) {
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
}

// Whether a tensor inside a layer would change what the layer computes. What has no fractions is a
// table or a counter.
bool matters(const Checkpoint& checkpoint, const std::string& name) {
  return is_float(checkpoint.dtype(name)) && !is_all_zero(checkpoint, name);
}

std::string list(const std::vector<std::string>& names) {
  constexpr std::size_t most = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i)
    text += (i > 0 ? ", '" : "'") + names[i] + "'";
  if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
  return text;
}

[[noreturn]] void refuse_inside_layers(const Checkpoint& checkpoint,
                                       const std::vector<std::string>& inside) {
  const bool biases = std::all_of(inside.begin(), inside.end(),
                                  [](const std::string& name) { return name.ends_with(".bias"); });
  const std::string count = inside.size() == 1
                                ? (biases ? "a bias" : "a tensor")
                                : std::to_string(inside.size()) + (biases ? " biases" : " tensors");
  throw UsageError(
      "holds " + count + " of the model's layers that the configuration does not ask for: " +
          list(inside) + "; without them the answers would be others",
      checkpoint.path().string(),
      biases
          ? "If they belong to the model, set \"attention_bias\" (or \"mlp_bias\") to true in "
            "config.json; if not, remove them from the checkpoint."
          : "Use a checkpoint without them, whose adapters are merged and whose family is the one "
            "that config.json names.");
}

}  // namespace

std::vector<UnusedTensor> find_unused_tensors(const Checkpoint& checkpoint,
                                              const CheckpointMap& map,
                                              const std::set<std::string>& taken) {
  std::set<std::string> layers;
  for (const std::string& name : taken)
    if (const std::string layer = layer_of(name); !layer.empty()) layers.insert(layer);
  std::vector<UnusedTensor> unused;
  for (std::string& name : checkpoint.names()) {
    if (taken.contains(name)) continue;
    Unused why = Unused::NotComputed;
    if (map.ignores(name) || is_buffer(checkpoint, name))
      why = Unused::Derived;
    else if (map.keeps(name))
      why = Unused::OtherUse;
    else if (layers.contains(layer_of(name)) && matters(checkpoint, name))
      why = Unused::InsideLayer;
    unused.push_back({std::move(name), why});
  }
  return unused;
}

void check_unused_tensors(const Checkpoint& checkpoint, std::span<const UnusedTensor> unused,
                          bool all) {
  std::vector<std::string> inside;
  for (const auto& [name, why] : unused) {
    if (why == Unused::Derived) continue;
    if (all)
      throw UsageError("tensor \"" + name + "\" is none that the family computes with",
                       checkpoint.path().string(),
                       "Use a file of a plain model of that family, without adapters or experts.");
    if (why == Unused::InsideLayer) inside.push_back(name);
  }
  if (!inside.empty()) refuse_inside_layers(checkpoint, inside);
}

std::vector<StoredTensor> unused_tensors(const Checkpoint& checkpoint, const CheckpointMap& map,
                                         const std::set<std::string>& taken, bool all) {
  const std::vector<UnusedTensor> found = find_unused_tensors(checkpoint, map, taken);
  check_unused_tensors(checkpoint, found, all);
  std::vector<std::string> unused;
  std::vector<StoredTensor> kept;
  for (const auto& [name, why] : found) {
    if (why == Unused::Derived) continue;
    if (why == Unused::NotComputed) unused.push_back(name);
    kept.push_back(checkpoint.stored(name));
  }
  if (!unused.empty())
    log::warning(checkpoint.path().string() + ": " + std::to_string(unused.size()) +
                 (unused.size() == 1 ? " tensor is" : " tensors are") +
                 " stored that this model does not compute with; saved as " +
                 (unused.size() == 1 ? "it is: " : "they are: ") + list(unused));
  return kept;
}

}  // namespace trainbus
