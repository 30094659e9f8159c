// The normalisers of a tokenizer, one after the other. Internal to Tokenizer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "text/steps/aligned_text.hpp"
#include "text/steps/charsmap.hpp"
#include "text/steps/regex.hpp"
#include "text/steps/step_spec.hpp"

namespace trainbus {

// Immutable; threads may share it.
class Normalizers {
 public:
  // Throws UsageError naming `where` for a pattern or a character map that cannot be used.
  Normalizers(const std::vector<NormalizerStep>& steps, const std::string& where);

  bool empty() const { return steps_.empty(); }
  void apply(AlignedText& text) const;

 private:
  struct Step {
    NormalizerStep spec;
    std::optional<Regex> regex;
    std::optional<Charsmap> charsmap;
  };
  std::vector<Step> steps_;
  std::string where_;
};

// Replaces each match of a pattern, or of the text where regex is none.
void replace_all(AlignedText& text, const Pattern& pattern, const std::optional<Regex>& regex,
                 std::string_view content);

}  // namespace trainbus
