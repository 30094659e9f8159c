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

// Text to token ids; without special tokens for label words, with or without them for prompts.
using TextEncoder = std::function<std::vector<std::int32_t>(std::string_view)>;

struct LabelWords {
  std::vector<std::vector<std::int32_t>> tokens;  // of each label's word, in the labels' order
  // Whether every word is one token: then the loss needs only these rows of the output matrix.
  bool single_token = false;
};

// Throws UsageError for a word without tokens, and for two words with the same tokens, which no
// model can distinguish.
TRAINBUS_EXPORT LabelWords tokenize_label_words(std::span<const Label> labels,
                                                const TextEncoder& encode);

}  // namespace trainbus::tasks
