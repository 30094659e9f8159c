// The steps of a tokenizer.json around its model: normalizer, pre_tokenizer, decoder.
#include <boost/json/array.hpp>
#include <functional>
#include <string>
#include <utility>

#include "core/io/utf8.hpp"
#include "text/sources/base64.hpp"
#include "text/sources/tokenizer_json_parts.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

// Calls step for the component at key, or for each member if it is a Sequence; not at all if null.
void each_member(const JsonFields& component, const std::string& path, std::string_view members,
                 const std::function<void(const JsonFields&)>& step) {
  if (component.text("type") != "Sequence") return step(component);
  const std::string inner = path + "." + std::string(members) + "[]";
  if (inner.size() > 512) component.refuse("type", "sequences inside each other to some depth");
  for (const json::value& member : component.array(members))
    each_member(JsonFields(member, component.where(), inner + "."), inner, members, step);
}

void each_step(const JsonFields& document, std::string_view key, std::string_view members,
               const std::function<void(const JsonFields&)>& step) {
  if (document.has(key)) each_member(document.object(key), std::string(key), members, step);
}

Pattern parse_pattern(const JsonFields& step) {
  const JsonFields pattern = step.object("pattern");
  if (pattern.has("Regex")) return {pattern.text("Regex"), true};
  return {pattern.text("String"), false};
}

// A character, as one.
std::string parse_character(const JsonFields& step, std::string_view key,
                            const std::string& fallback) {
  const std::string text = step.text(key, fallback);
  if (text.empty() || utf8_front(text).bytes != text.size()) step.refuse(key, "one character");
  return text;
}

NormalizerStep parse_normalizer(const JsonFields& step) {
  using Form = normalize::Unicode::Form;
  const std::string type = step.text("type");
  if (type == "NFC") return normalize::Unicode{Form::Nfc};
  if (type == "NFD") return normalize::Unicode{Form::Nfd};
  if (type == "NFKC") return normalize::Unicode{Form::Nfkc};
  if (type == "NFKD") return normalize::Unicode{Form::Nfkd};
  if (type == "Lowercase") return normalize::Lowercase{};
  if (type == "StripAccents") return normalize::StripAccents{};
  if (type == "Strip")
    return normalize::Strip{step.flag("strip_left", true), step.flag("strip_right", true)};
  if (type == "Prepend") return normalize::Prepend{step.text("prepend")};
  if (type == "Replace") return normalize::Replace{parse_pattern(step), step.text("content")};
  if (type == "Nmt") return normalize::Nmt{};
  if (type == "ByteLevel") return normalize::ByteLevel{};
  if (type == "Precompiled") {
    auto map = from_base64(step.text("precompiled_charsmap"));
    if (!map) step.refuse("precompiled_charsmap", "base64");
    return normalize::Precompiled{*std::move(map)};
  }
  if (type == "BertNormalizer") {
    normalize::Bert bert;
    bert.clean_text = step.flag("clean_text", true);
    bert.split_chinese = step.flag("handle_chinese_chars", true);
    bert.lower_case = step.flag("lowercase", true);
    bert.strip_accents = step.flag("strip_accents", bert.lower_case);  // null: as lowercase
    return bert;
  }
  step.refuse("type",
              "NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, Prepend, Replace, Nmt, "
              "ByteLevel, Precompiled, BertNormalizer or Sequence",
              unknown_part_remedy);
}

pre_tokenize::Behavior parse_behavior(const JsonFields& step, const std::string& fallback) {
  using pre_tokenize::Behavior;
  const std::string name = step.text("behavior", fallback);
  if (name == "Isolated") return Behavior::Isolated;
  if (name == "Removed") return Behavior::Removed;
  if (name == "MergedWithPrevious") return Behavior::MergedWithPrevious;
  if (name == "MergedWithNext") return Behavior::MergedWithNext;
  if (name == "Contiguous") return Behavior::Contiguous;
  step.refuse("behavior", "Isolated, Removed, MergedWithPrevious, MergedWithNext or Contiguous");
}

pre_tokenize::Prepend parse_prepend(const JsonFields& step) {
  using pre_tokenize::Prepend;
  // Files before 2024 have add_prefix_space.
  const std::string fallback = step.flag("add_prefix_space", true) ? "always" : "never";
  const std::string name = step.text("prepend_scheme", fallback);
  if (name == "always") return Prepend::Always;
  if (name == "first") return Prepend::First;
  if (name == "never") return Prepend::Never;
  step.refuse("prepend_scheme", "always, first or never");
}

PreTokenizerStep parse_pre_tokenizer(const JsonFields& step) {
  const std::string type = step.text("type");
  if (type == "Split")
    return pre_tokenize::Split{parse_pattern(step), parse_behavior(step, "Isolated"),
                               step.flag("invert", false)};
  if (type == "Digits") return pre_tokenize::Digits{step.flag("individual_digits", false)};
  if (type == "Punctuation") return pre_tokenize::Punctuation{parse_behavior(step, "Isolated")};
  if (type == "ByteLevel")
    return pre_tokenize::ByteLevel{step.flag("add_prefix_space", true),
                                   step.flag("use_regex", true)};
  if (type == "Metaspace") {
    pre_tokenize::Metaspace marks;
    marks.replacement = parse_character(step, "replacement", marks.replacement);
    marks.prepend = parse_prepend(step);
    marks.split = step.flag("split", true);
    return marks;
  }
  if (type == "Whitespace") return pre_tokenize::Whitespace{};
  if (type == "WhitespaceSplit") return pre_tokenize::WhitespaceSplit{};
  if (type == "BertPreTokenizer") return pre_tokenize::Bert{};
  if (type == "CharDelimiterSplit")
    return pre_tokenize::Delimiter{parse_character(step, "delimiter", "")};
  step.refuse("type",
              "Split, Digits, Punctuation, ByteLevel, Metaspace, Whitespace, WhitespaceSplit, "
              "BertPreTokenizer, CharDelimiterSplit or Sequence",
              unknown_part_remedy);
}

DecoderStep parse_decoder(const JsonFields& step) {
  constexpr std::int64_t most = 1 << 20;
  const std::string type = step.text("type");
  if (type == "ByteLevel") return decode::ByteLevel{};
  if (type == "WordPiece")
    return decode::WordPiece{step.text("prefix", "##"), step.flag("cleanup", true)};
  if (type == "Metaspace") {
    decode::Metaspace marks;
    marks.replacement = parse_character(step, "replacement", marks.replacement);
    marks.drop_first = parse_prepend(step) != pre_tokenize::Prepend::Never;
    return marks;
  }
  if (type == "ByteFallback") return decode::ByteFallback{};
  if (type == "Fuse") return decode::Fuse{};
  if (type == "Strip")
    return decode::Strip{parse_character(step, "content", ""), step.integer("start", 0, most, 0),
                         step.integer("stop", 0, most, 0)};
  if (type == "Replace") return decode::Replace{parse_pattern(step), step.text("content")};
  if (type == "BPEDecoder") return decode::Bpe{step.text("suffix", "</w>")};
  step.refuse("type",
              "ByteLevel, WordPiece, Metaspace, ByteFallback, Fuse, Strip, Replace, BPEDecoder or "
              "Sequence",
              unknown_part_remedy);
}

}  // namespace

void parse_steps(const JsonFields& document, TokenizerSpec& spec) {
  each_step(document, "normalizer", "normalizers",
            [&](const JsonFields& step) { spec.normalizers.push_back(parse_normalizer(step)); });
  each_step(document, "pre_tokenizer", "pretokenizers", [&](const JsonFields& step) {
    spec.pre_tokenizers.push_back(parse_pre_tokenizer(step));
  });
  each_step(document, "decoder", "decoders",
            [&](const JsonFields& step) { spec.decoders.push_back(parse_decoder(step)); });
}

}  // namespace trainbus
