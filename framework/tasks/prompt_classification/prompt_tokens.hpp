// Prompts as tokens, cut to a length that the model accepts.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "tasks/prompt_classification/label_words.hpp"
#include "tasks/prompt_classification/prompt_classification.hpp"

namespace trainbus::tasks {

// The token ids of many prompts, concatenated.
struct TokenizedPrompts {
  std::vector<std::int32_t> ids;
  std::vector<std::size_t> begins = {0};  // of each prompt in ids, and the end of the last one
  std::vector<std::uint32_t> lengths;     // tokens of each prompt
  std::size_t truncated = 0;              // prompts whose text was cut

  std::size_t size() const { return lengths.size(); }
  std::span<const std::int32_t> prompt(std::size_t index) const {
    return std::span(ids).subspan(begins[index], lengths[index]);
  }
};

// A prompt of at most max_tokens. If the whole prompt has more, the example's text is cut at its
// end, at a character that does not follow a blank, by as little as needed; the template around it
// is kept whole, such as the "\nSentiment:" at the end. Each candidate is tokenized as a whole, so
// tokens at the borders are those of a prompt with that text (log2(text) candidates). If a shorter
// text can have more tokens, the cut may remove a little more than needed. Throws UsageError, with
// the line, if the prompt without its text is too long already.
TRAINBUS_EXPORT std::vector<std::int32_t> tokenize_prompt(const Example& example,
                                                          const TextEncoder& encode,
                                                          std::size_t max_tokens, bool& truncated);

// All of them. Throws UsageError also for a prompt without any token.
TRAINBUS_EXPORT TokenizedPrompts tokenize_prompts(std::span<const Example> examples,
                                                  const TextEncoder& encode,
                                                  std::size_t max_tokens);

}  // namespace trainbus::tasks
