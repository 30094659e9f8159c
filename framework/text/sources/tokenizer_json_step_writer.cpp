// The steps of a specification as a tokenizer.json has them.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>
#include <variant>

#include "text/sources/base64.hpp"
#include "text/sources/tokenizer_json_parts.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

json::object format_pattern(const Pattern& pattern) {
  return {{pattern.regex ? "Regex" : "String", pattern.text}};
}

const char* name_of(pre_tokenize::Behavior behavior) {
  using pre_tokenize::Behavior;
  switch (behavior) {
    case Behavior::Isolated:
      return "Isolated";
    case Behavior::Removed:
      return "Removed";
    case Behavior::MergedWithPrevious:
      return "MergedWithPrevious";
    case Behavior::MergedWithNext:
      return "MergedWithNext";
    case Behavior::Contiguous:
      return "Contiguous";
  }
  return "";
}

const char* name_of(pre_tokenize::Prepend prepend) {
  using pre_tokenize::Prepend;
  return prepend == Prepend::Always ? "always" : prepend == Prepend::First ? "first" : "never";
}

const char* name_of(normalize::Unicode::Form form) {
  using Form = normalize::Unicode::Form;
  switch (form) {
    case Form::Nfc:
      return "NFC";
    case Form::Nfd:
      return "NFD";
    case Form::Nfkc:
      return "NFKC";
    case Form::Nfkd:
      return "NFKD";
  }
  return "";
}

json::object metaspace(const std::string& replacement, const char* prepend, bool split) {
  return {{"type", "Metaspace"},
          {"replacement", replacement},
          {"prepend_scheme", prepend},
          {"split", split}};
}

json::object byte_level(bool add_prefix_space, bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", add_prefix_space},
          {"trim_offsets", true},
          {"use_regex", use_regex}};
}

struct Normalizer {
  json::object operator()(const normalize::Unicode& step) const {
    return {{"type", name_of(step.form)}};
  }
  json::object operator()(const normalize::Lowercase&) const { return {{"type", "Lowercase"}}; }
  json::object operator()(const normalize::StripAccents&) const {
    return {{"type", "StripAccents"}};
  }
  json::object operator()(const normalize::Strip& step) const {
    return {{"type", "Strip"}, {"strip_left", step.left}, {"strip_right", step.right}};
  }
  json::object operator()(const normalize::Prepend& step) const {
    return {{"type", "Prepend"}, {"prepend", step.text}};
  }
  json::object operator()(const normalize::Replace& step) const {
    return {
        {"type", "Replace"}, {"pattern", format_pattern(step.pattern)}, {"content", step.content}};
  }
  json::object operator()(const normalize::Precompiled& step) const {
    return {{"type", "Precompiled"}, {"precompiled_charsmap", to_base64(step.charsmap)}};
  }
  json::object operator()(const normalize::Nmt&) const { return {{"type", "Nmt"}}; }
  json::object operator()(const normalize::ByteLevel&) const { return {{"type", "ByteLevel"}}; }
  json::object operator()(const normalize::Bert& step) const {
    return {{"type", "BertNormalizer"},
            {"clean_text", step.clean_text},
            {"handle_chinese_chars", step.split_chinese},
            {"strip_accents", step.strip_accents},
            {"lowercase", step.lower_case}};
  }
};

struct PreTokenizer {
  json::object operator()(const pre_tokenize::Split& step) const {
    return {{"type", "Split"},
            {"pattern", format_pattern(step.pattern)},
            {"behavior", name_of(step.behavior)},
            {"invert", step.invert}};
  }
  json::object operator()(const pre_tokenize::Digits& step) const {
    return {{"type", "Digits"}, {"individual_digits", step.individual}};
  }
  json::object operator()(const pre_tokenize::Punctuation& step) const {
    return {{"type", "Punctuation"}, {"behavior", name_of(step.behavior)}};
  }
  json::object operator()(const pre_tokenize::ByteLevel& step) const {
    return byte_level(step.add_prefix_space, step.use_regex);
  }
  json::object operator()(const pre_tokenize::Metaspace& step) const {
    return metaspace(step.replacement, name_of(step.prepend), step.split);
  }
  json::object operator()(const pre_tokenize::Whitespace&) const {
    return {{"type", "Whitespace"}};
  }
  json::object operator()(const pre_tokenize::WhitespaceSplit&) const {
    return {{"type", "WhitespaceSplit"}};
  }
  json::object operator()(const pre_tokenize::Bert&) const {
    return {{"type", "BertPreTokenizer"}};
  }
  json::object operator()(const pre_tokenize::Delimiter& step) const {
    return {{"type", "CharDelimiterSplit"}, {"delimiter", step.character}};
  }
};

struct Decoder {
  json::object operator()(const decode::ByteLevel&) const { return byte_level(true, true); }
  json::object operator()(const decode::WordPiece& step) const {
    return {{"type", "WordPiece"}, {"prefix", step.prefix}, {"cleanup", step.cleanup}};
  }
  json::object operator()(const decode::Metaspace& step) const {
    return metaspace(step.replacement, step.drop_first ? "always" : "never", true);
  }
  json::object operator()(const decode::ByteFallback&) const { return {{"type", "ByteFallback"}}; }
  json::object operator()(const decode::Fuse&) const { return {{"type", "Fuse"}}; }
  json::object operator()(const decode::Strip& step) const {
    return {
        {"type", "Strip"}, {"content", step.content}, {"start", step.start}, {"stop", step.stop}};
  }
  json::object operator()(const decode::Replace& step) const {
    return {
        {"type", "Replace"}, {"pattern", format_pattern(step.pattern)}, {"content", step.content}};
  }
  json::object operator()(const decode::Bpe& step) const {
    return {{"type", "BPEDecoder"}, {"suffix", step.suffix}};
  }
};

// Null, the one step, or a Sequence.
template <class Format, class Steps>
json::value component(const Steps& steps, const char* members) {
  json::array all;
  for (const auto& step : steps) all.push_back(std::visit(Format(), step));
  if (all.empty()) return nullptr;
  if (all.size() == 1) return std::move(all[0]);
  return json::object{{"type", "Sequence"}, {members, std::move(all)}};
}

}  // namespace

void format_steps(const TokenizerSpec& spec, json::object& document) {
  document["normalizer"] = component<Normalizer>(spec.normalizers, "normalizers");
  document["pre_tokenizer"] = component<PreTokenizer>(spec.pre_tokenizers, "pretokenizers");
  document["decoder"] = component<Decoder>(spec.decoders, "decoders");
}

}  // namespace trainbus
