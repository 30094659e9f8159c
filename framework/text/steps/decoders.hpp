// From tokens back to text. Internal to Tokenizer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "text/steps/regex.hpp"
#include "text/steps/step_spec.hpp"

namespace trainbus {

// Immutable; threads may share it.
class Decoders {
 public:
  // Throws UsageError naming `where` if a pattern cannot be used.
  Decoders(const std::vector<DecoderStep>& steps, const std::string& where);

  // The text of these tokens; with no step, they are joined with blanks. Valid UTF-8 if the tokens
  // are.
  std::string decode(std::vector<std::string> tokens) const;

 private:
  struct Step {
    DecoderStep spec;
    std::optional<Regex> regex;
  };
  std::vector<Step> steps_;
  std::string where_;
};

}  // namespace trainbus
