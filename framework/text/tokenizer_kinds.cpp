#include "text/tokenizer_kinds.hpp"

#include <algorithm>
#include <array>
#include <variant>

namespace trainbus {
namespace {

enum Kind : std::size_t { Bytes, Characters, Unigram, WordPiece, Words };

constexpr std::array<TokenizerKind, 5> kinds = {{
    {"BPE of bytes", "GPT-2, Llama 3, Qwen, Falcon, DeepSeek, RoBERTa, ModernBERT",
     "tokenizer.json; vocab.json with merges.txt; GGUF"},
    {"BPE of characters", "Llama 2, Mistral, Gemma, Phi-3",
     "tokenizer.json; SentencePiece's tokenizer.model; GGUF"},
    {"unigram", "T5, XLM-RoBERTa, CamemBERT, DeBERTa-v3",
     "tokenizer.json; SentencePiece's tokenizer.model; GGUF"},
    {"WordPiece", "BERT, DistilBERT, ELECTRA", "tokenizer.json; vocab.txt; GGUF"},
    {"words", "tokenizers that were made for one data set", "tokenizer.json"},
}};

template <class Step, class Steps>
bool has_step(const Steps& steps) {
  return std::any_of(steps.begin(), steps.end(),
                     [](const auto& step) { return std::holds_alternative<Step>(step); });
}

bool is_of_bytes(const TokenizerSpec& spec) {
  return has_step<pre_tokenize::ByteLevel>(spec.pre_tokenizers) ||
         has_step<normalize::ByteLevel>(spec.normalizers);
}

}  // namespace

std::span<const TokenizerKind> tokenizer_kinds() { return kinds; }

const TokenizerKind& kind_of(const TokenizerSpec& spec) {
  if (std::holds_alternative<UnigramSpec>(spec.model)) return kinds[Unigram];
  if (std::holds_alternative<WordPieceSpec>(spec.model)) return kinds[WordPiece];
  if (std::holds_alternative<WordLevelSpec>(spec.model)) return kinds[Words];
  return kinds[is_of_bytes(spec) ? Bytes : Characters];
}

}  // namespace trainbus
