// Splits a text into words, step by step; tokens never cross their borders. Internal to Tokenizer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "text/steps/aligned_text.hpp"
#include "text/steps/regex.hpp"
#include "text/steps/step_spec.hpp"

namespace trainbus {

// A text and the words in it, in order, none empty, none overlapping.
struct Words {
  explicit Words(AlignedText all);

  AlignedText text;
  std::vector<ByteRange> ranges;

  std::string_view word(ByteRange range) const {
    return text.text().substr(range.begin, range.end - range.begin);
  }
};

// Immutable; threads may share it.
class TRAINBUS_EXPORT PreTokenizers {
 public:
  // keep_bytes: a ByteLevel at the end leaves the bytes as they are instead of turning them into
  // the byte alphabet, for a model that takes bytes. Throws UsageError naming `where` if a pattern
  // cannot be used.
  PreTokenizers(const std::vector<PreTokenizerStep>& steps, const std::string& where,
                bool keep_bytes);

  // Whether what a step does depends on where in the original its words stand, which takes an
  // aligned text if anything was changed before.
  bool needs_origins() const { return needs_origins_; }
  void apply(Words& words) const;

 private:
  struct Step {
    PreTokenizerStep spec;
    std::optional<Regex> regex;
  };
  std::vector<Step> steps_;
  std::string where_;
  bool keep_bytes_;
  bool needs_origins_ = false;
};

}  // namespace trainbus
