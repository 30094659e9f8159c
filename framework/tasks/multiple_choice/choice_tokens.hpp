// The options of multiple choice as tokens.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "tasks/multiple_choice/choice_examples.hpp"
#include "tasks/prompt_classification/label_words.hpp"

namespace trainbus::tasks {

// A text whose last tokens are scored, each by what comes before it.
struct ScoredText {
  std::vector<std::int32_t> ids;
  std::uint32_t scored = 0;  // below the number of ids
};

struct ChoiceTokens {
  std::vector<ScoredText> options;
  std::vector<ScoredText> calibration;  // empty unless it is asked for
  std::vector<std::uint32_t> right;
  bool was_cut = false;
};

// As the published code does it (arXiv 2305.17333): blanks (U+0020) at both ends of the prompt and
// of the texts are dropped; an option has as many tokens as its text has more than the prompt, both
// encoded alone, and they are the text's last ones. A first token with nothing before it has no
// probability and is not scored. A text of more than max_tokens loses tokens on the left, behind
// those with which the encoder begins every text. Throws UsageError, with the row's place, for an
// option without tokens and for one that max_tokens has no room for.
TRAINBUS_EXPORT ChoiceTokens tokenize_choices(const ChoiceExample& example,
                                              const TextEncoder& encode, std::size_t max_tokens,
                                              bool calibrated);

}  // namespace trainbus::tasks
