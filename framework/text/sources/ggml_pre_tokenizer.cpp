#include "text/sources/ggml_pre_tokenizer.hpp"

#include <algorithm>
#include <array>

#include "core/io/error.hpp"
#include "text/steps/split_patterns.hpp"

namespace trainbus {
namespace {

using pre_tokenize::Behavior;

// The tokenizer.json of the models that llama.cpp named them after (llama-vocab.cpp).
enum class Way {
  Gpt2,
  Digits,  // each digit alone, then as GPT-2
  Llama3,
  Llama3Whole,  // words in the vocabulary are taken whole
  Qwen2,
  Qwen2Nfc,
  Gpt4o,
  Tekken,
  DeepSeekCoder,
  DeepSeek3,
  Falcon,
  Bloom,
  Viking,
};

struct Named {
  std::string_view name;
  Way way;
};

constexpr std::array<Named, 51> names = {{
    {"gpt-2", Way::Gpt2},
    {"phi-2", Way::Gpt2},
    {"olmo", Way::Gpt2},
    {"mpt", Way::Gpt2},
    {"jais", Way::Gpt2},
    {"trillion", Way::Gpt2},
    {"gigachat", Way::Gpt2},
    {"roberta-bpe", Way::Gpt2},
    {"modern-bert", Way::Gpt2},
    {"mellum", Way::Gpt2},
    {"a.x-4.0", Way::Gpt2},
    {"jina-es", Way::Gpt2},
    {"jina-de", Way::Gpt2},
    {"jina-v1-en", Way::Gpt2},
    {"jina-v2-es", Way::Gpt2},
    {"jina-v2-de", Way::Gpt2},
    {"jina-v2-code", Way::Gpt2},
    {"smollm", Way::Digits},
    {"starcoder", Way::Digits},
    {"refact", Way::Digits},
    {"command-r", Way::Digits},
    {"codeshell", Way::Digits},
    {"exaone", Way::Digits},
    {"minerva-7b", Way::Digits},
    {"llama-bpe", Way::Llama3Whole},
    {"llama3", Way::Llama3Whole},
    {"llama-v3", Way::Llama3Whole},
    {"falcon3", Way::Llama3Whole},
    {"falcon-h1", Way::Llama3Whole},
    {"pixtral", Way::Llama3Whole},
    {"midm-2.0", Way::Llama3Whole},
    {"lfm2", Way::Llama3Whole},
    {"dbrx", Way::Llama3},
    {"smaug-bpe", Way::Llama3},
    {"glm4", Way::Llama3},
    {"chatglm-bpe", Way::Llama3},
    {"stablelm2", Way::Qwen2},
    {"hunyuan", Way::Qwen2},
    {"qwen2", Way::Qwen2Nfc},
    {"deepseek-r1-qwen", Way::Qwen2Nfc},
    {"megrez", Way::Qwen2Nfc},
    {"gpt-4o", Way::Gpt4o},
    {"llama4", Way::Gpt4o},
    {"tekken", Way::Tekken},
    {"deepseek-coder", Way::DeepSeekCoder},
    {"deepseek-v3", Way::DeepSeek3},
    {"hunyuan-dense", Way::DeepSeek3},
    {"falcon", Way::Falcon},
    {"bloom", Way::Bloom},
    {"poro-chat", Way::Bloom},
    {"viking", Way::Viking},
}};

PreTokenizerStep split(std::string_view pattern) {
  return pre_tokenize::Split{{std::string(pattern), true}, Behavior::Isolated, false};
}

const PreTokenizerStep gpt2_words = pre_tokenize::ByteLevel{false, true};
const PreTokenizerStep bytes = pre_tokenize::ByteLevel{false, false};

[[noreturn]] void refuse(std::string_view name, const std::string& where) {
  std::string known;
  for (const Named& each : names) {
    known += known.empty() ? "" : ", ";
    known += each.name;
  }
  throw UsageError("its pre-tokenizer is \"" + std::string(name) + "\", known are " + known, where,
                   name == "default"
                       ? "Convert the model again with a current llama.cpp."
                       : "Take this model's folder in Hugging Face's layout, whose tokenizer.json "
                         "defines how it splits.");
}

std::vector<PreTokenizerStep> steps_of(Way way) {
  switch (way) {
    case Way::Gpt2:
      return {gpt2_words};
    case Way::Digits:
      return {pre_tokenize::Digits{true}, gpt2_words};
    case Way::Llama3:
    case Way::Llama3Whole:
      return {split(split_pattern::llama3), bytes};
    case Way::Qwen2:
    case Way::Qwen2Nfc:
      return {split(split_pattern::qwen2), bytes};
    case Way::Gpt4o:
      return {split(split_pattern::gpt4o), bytes};
    case Way::Tekken:
      return {split(split_pattern::tekken), bytes};
    case Way::DeepSeekCoder:
      return {split("[\r\n]"),
              split("\\s?\\p{L}+"),
              split("\\s?\\p{P}+"),
              split("[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+"),
              pre_tokenize::Digits{true},
              bytes};
    case Way::DeepSeek3:
      return {split("\\p{N}{1,3}"), split("[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+"),
              split(split_pattern::deepseek3), bytes};
    case Way::Falcon:
      return {pre_tokenize::Punctuation{Behavior::Contiguous}, gpt2_words,
              pre_tokenize::Digits{false}, split("[0-9][0-9][0-9]")};
    case Way::Bloom:
      return {split(split_pattern::bloom), bytes};
    case Way::Viking:
      return {split(split_pattern::bloom), split("\\p{N}"), bytes};
  }
  return {};
}

}  // namespace

GgmlPreTokenizer ggml_pre_tokenizer(std::string_view name, const std::string& where) {
  const auto known = std::find_if(names.begin(), names.end(),
                                  [&](const Named& each) { return each.name == name; });
  if (known == names.end()) refuse(name, where);
  GgmlPreTokenizer made;
  made.steps = steps_of(known->way);
  made.ignore_merges = known->way == Way::Llama3Whole || known->way == Way::Tekken;
  if (known->way == Way::Qwen2Nfc) made.normalizers.emplace_back(normalize::Unicode{});
  return made;
}

}  // namespace trainbus
