// How llama.cpp's names of pre-tokenizers (tokenizer.ggml.pre) split a text. Internal to the reader
// of GGUF tokenizers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/steps/step_spec.hpp"

namespace trainbus {

struct GgmlPreTokenizer {
  std::vector<NormalizerStep> normalizers;
  std::vector<PreTokenizerStep> steps;
  bool ignore_merges = false;
};

// Throws UsageError naming `where` for a name that is not known.
GgmlPreTokenizer ggml_pre_tokenizer(std::string_view name, const std::string& where);

}  // namespace trainbus
