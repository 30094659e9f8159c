// Continues texts by a decoder, several at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "generation/sampling.hpp"
#include "models/files/pretrained_model.hpp"
#include "text/tokenizer.hpp"

namespace trainbus {

struct GenerationOptions {
  std::int64_t max_new_tokens = 128;  // at least 1
  Sampling sampling;
  std::uint64_t seed = 42;
  std::vector<std::int32_t> stop_tokens;
  std::vector<std::string> stop_texts;  // none empty; they need a tokenizer
  std::int64_t batch_size = 16;         // texts at a time
  bool log_probabilities = false;       // whether the generated tokens' are asked for
};

// Why a text ends.
enum class Ending { Length, StopToken, StopText, Positions, Interrupted };
TRAINBUS_EXPORT std::string_view ending_name(Ending ending);  // "length", "token", …

struct Generated {
  std::vector<std::int32_t> ids;  // the new ones, a stop token included
  std::string text;               // theirs, without the stop token, up to a stop text
  Ending ending = Ending::Length;
  // ln p of each id among the whole vocabulary, without temperature and filters; if asked for.
  std::vector<float> log_probabilities;
};

// All may be left out. Called on the calling thread.
struct GenerationHooks {
  // More of a row's text, whole characters only; together they are the text that it ends with, but
  // for tokenizers whose later tokens change the text of earlier ones.
  std::function<void(std::size_t row, std::string_view text)> on_text;
  std::function<void(std::size_t row, const Generated&)> on_end;
  std::function<bool()> interrupted;  // asked before each step
  // Instead of sampling_uniform(seed, row, step).
  std::function<double(std::size_t row, std::int64_t step)> uniform;
};

// What ends a text of the model, says its configuration, its generation_config.json and its
// tokenizer.
TRAINBUS_EXPORT std::vector<std::int32_t> stop_tokens_of(const PretrainedModel& model,
                                                         const Tokenizer& tokenizer);

// prompts: ids, at least one each and no more than the model's positions. The result is in their
// order. Rows are computed side by side, without padding; one that ends makes room for the next. A
// row's result depends on its prompt, the options and its number alone: see next_logits. weights:
// of one side. tokenizer: null for ids alone. Throws RunError for what is not as said here, and for
// a model that is no decoder; NonFiniteLogits where the model has no answer.
TRAINBUS_EXPORT std::vector<Generated> generate(const PretrainedModel& model, Weights& weights,
                                                const Tokenizer* tokenizer,
                                                std::span<const std::vector<std::int32_t>> prompts,
                                                const GenerationOptions& options,
                                                const GenerationHooks& hooks = {});

}  // namespace trainbus
