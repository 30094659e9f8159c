#include "models/files/model_fit.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "models/files/stored_parts.hpp"

namespace trainbus {
namespace {

bool same_numbers(const Checkpoint& checkpoint, const std::string& a, const std::string& b) {
  const std::vector<std::int64_t>& shape = *checkpoint.shape(a);
  if (shape != *checkpoint.shape(b) || shape.size() != 2) return false;
  constexpr std::int64_t rows_at_once = 256;
  const auto room = static_cast<std::size_t>(rows_at_once * shape[1]);
  std::vector<float> of_a(room), of_b(room);
  for (std::int64_t row = 0; row < shape[0]; row += rows_at_once) {
    const std::int64_t end = std::min(shape[0], row + rows_at_once);
    checkpoint.read(a, row, end, of_a.data());
    checkpoint.read(b, row, end, of_b.data());
    if (std::memcmp(of_a.data(), of_b.data(),
                    static_cast<std::size_t>((end - row) * shape[1]) * sizeof(float)) != 0)
      return false;
  }
  return true;
}

// An output matrix that is stored beside the embedding it is tied to: the same numbers are one
// matrix; others are the ones to compute with, as transformers 5 does. taken: its stored name.
void settle_tie(ModelConfig& config, const ModelFamily& family, const Checkpoint& checkpoint,
                const CheckpointMap& map, const ModelUse& use, std::set<std::string>& taken) {
  if (!config.tie_word_embeddings || use.classes_asked) return;
  const auto output = stored_name(checkpoint, map, family.output);
  const auto embedding = stored_name(checkpoint, map, family.embedding);
  if (!output || !embedding) return;
  taken.insert(*output);
  if (same_numbers(checkpoint, *output, *embedding)) return;
  config.tie_word_embeddings = false;
  log::warning(checkpoint.file_of(*output).string() + ": \"tie_word_embeddings\" is true, but '" +
               *output + "' differs from '" + *embedding +
               "'; the model computes with it, untied, and is saved so");
}

}  // namespace

void check_token_rows(const TokenizerSpec& tokenizer, std::int64_t rows, const std::string& where) {
  const auto tokens = static_cast<std::int64_t>(tokenizer.tokens.size());
  if (tokens <= rows) return;
  constexpr std::int64_t most = 3;
  std::string names;
  for (std::int64_t id = rows; id < std::min(tokens, rows + most); ++id)
    names += (names.empty() ? "\"" : ", \"") + tokenizer.token(static_cast<std::int32_t>(id)) +
             "\" (" + std::to_string(id) + ")";
  if (tokens - rows > most) names += " and " + std::to_string(tokens - rows - most) + " more";
  throw UsageError("the tokenizer has " + std::to_string(tokens) +
                       " tokens, the model's embedding " + std::to_string(rows) +
                       " rows: none for " + names,
                   where,
                   "Take the tokenizer that belongs to this model, or resize the model's embedding "
                   "(resize_token_embeddings in transformers) and save it again.");
}

ModelFit fit_model(ModelConfig config, const Checkpoint& checkpoint, const ModelFamily& family,
                   CheckpointMap (*map)(const ModelConfig&), ModelUse& use) {
  ModelFit fit;
  if (family.settle != nullptr) family.settle(config, checkpoint, use);
  settle_tie(config, family, checkpoint, map(config), use, fit.taken);
  fit.map = map(config);
  for (const std::string& name : use.new_parameters) fit.map.newly_initialized(name);
  fit.config = std::move(config);
  return fit;
}

}  // namespace trainbus
