// A batch's examples as a person reads them: its tokens' texts, and what of them is scored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "models/batch.hpp"
#include "text/tokenizer.hpp"

namespace trainbus {

struct RenderedToken {
  std::string text;     // a part of a character is U+FFFD
  bool scored = false;  // predicted from what is before it, for the loss
};

struct RenderedExample {
  std::vector<RenderedToken> tokens;
  // Texts that are compared as what follows; none: the scored tokens are the targets themselves.
  struct Option {
    std::vector<RenderedToken> tokens;
    bool right = false;
  };
  std::vector<Option> options;
  std::optional<std::int64_t> label;  // of a text that is classified by itself
};

// The first examples of a batch of tokens, at most `count`; empty for features.
TRAINBUS_EXPORT std::vector<RenderedExample> rendered_examples(const Batch& batch,
                                                               const Tokenizer& tokenizer,
                                                               std::size_t count);

// On lines of at most `width` cells, indented by `indent`: borders between tokens, brackets around
// scored ones, \n for a line end. Of more than `most` tokens the middle is left out.
TRAINBUS_EXPORT std::string token_lines(const std::vector<RenderedToken>& tokens,
                                        std::size_t indent, std::size_t width, std::size_t most);

}  // namespace trainbus
