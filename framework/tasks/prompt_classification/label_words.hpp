// Label words as tokens.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "tasks/data/labels.hpp"

namespace trainbus::tasks {

// Text to token ids. For label words it must add no special tokens; for prompts it may.
using TextEncoder = std::function<std::vector<std::int32_t>(std::string_view)>;

struct LabelWords {
  std::vector<std::vector<std::int32_t>> tokens;  // of each label's word, in the labels' order
  // Every word is one token: then the loss needs only these rows of the output matrix.
  bool single_token = false;
};

// Throws UsageError for a word without tokens, and for two words with the same ones, which no model
// could tell apart.
TRAINBUS_EXPORT LabelWords tokenize_label_words(std::span<const Label> labels,
                                                const TextEncoder& encode);

}  // namespace trainbus::tasks
