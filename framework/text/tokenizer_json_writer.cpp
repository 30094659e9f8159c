#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <utility>

#include "text/pre_tokenizer.hpp"
#include "text/tokenizer_json.hpp"
#include "text/tokenizer_json_word_piece.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

json::object byte_level(bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", true},
          {"use_regex", use_regex}};
}

json::object pre_tokenizer(const TokenizerSpec& spec) {
  json::array steps;
  bool use_regex = false;
  for (std::size_t i = 0; i < spec.split_patterns.size(); ++i) {
    const std::string& pattern = spec.split_patterns[i];
    const bool last = i + 1 == spec.split_patterns.size();
    if (pattern == split_pattern::digits)
      steps.push_back(json::object{{"type", "Digits"}, {"individual_digits", true}});
    else if (last && pattern == split_pattern::gpt2)
      use_regex = true;
    else
      steps.push_back(json::object{{"type", "Split"},
                                   {"pattern", {{"Regex", pattern}}},
                                   {"behavior", "Isolated"},
                                   {"invert", false}});
  }
  if (steps.empty()) return byte_level(use_regex);
  steps.push_back(byte_level(use_regex));
  return {{"type", "Sequence"}, {"pretokenizers", std::move(steps)}};
}

// A template that puts prefix and suffix around each text; without them, null, or ByteLevel, which
// only trims offsets. The second text of a pair gets no "[CLS]".
json::value post_processor(const TokenizerSpec& spec) {
  if (spec.prefix.empty() && spec.suffix.empty())
    return spec.word_piece ? json::value() : json::value(byte_level(true));
  json::object specials;
  const auto pieces = [&](const char* sequence, int type_id, bool with_prefix) {
    json::array out;
    const auto add = [&](std::int32_t id) {
      const std::string& token = spec.token(id);
      out.push_back(json::object{{"SpecialToken", {{"id", token}, {"type_id", type_id}}}});
      specials[token] = {{"id", token}, {"ids", json::array{id}}, {"tokens", json::array{token}}};
    };
    if (with_prefix)
      for (const std::int32_t id : spec.prefix) add(id);
    out.push_back(json::object{{"Sequence", {{"id", sequence}, {"type_id", type_id}}}});
    for (const std::int32_t id : spec.suffix) add(id);
    return out;
  };
  json::array single = pieces("A", 0, true), pair = single;
  for (json::value& piece : pieces("B", 1, !spec.word_piece)) pair.push_back(std::move(piece));
  return json::object{{"type", "TemplateProcessing"},
                      {"single", std::move(single)},
                      {"pair", std::move(pair)},
                      {"special_tokens", std::move(specials)}};
}

json::array added_tokens(const TokenizerSpec& spec) {
  json::array added;
  for (const AddedToken& token : spec.added)
    added.push_back(json::object{{"id", token.id},
                                 {"content", spec.token(token.id)},
                                 {"single_word", false},
                                 {"lstrip", token.strip_left},
                                 {"rstrip", token.strip_right},
                                 {"normalized", token.normalized},
                                 {"special", token.special}});
  return added;
}

json::object vocabulary_of(const TokenizerSpec& spec) {
  std::vector<bool> only_added(spec.tokens.size());
  for (const AddedToken& token : spec.added)
    only_added[static_cast<std::size_t>(token.id)] = !token.in_vocabulary;
  json::object vocabulary;
  vocabulary.reserve(spec.tokens.size());
  for (std::size_t i = 0; i < spec.tokens.size(); ++i)
    if (!only_added[i]) vocabulary.emplace(spec.tokens[i], i);
  return vocabulary;
}

json::object bpe_model(const TokenizerSpec& spec) {
  json::array merges;
  merges.reserve(spec.merges.size());
  for (const auto& [left, right] : spec.merges)
    merges.push_back(json::string(spec.token(left) + " " + spec.token(right)));
  json::value unknown;
  if (spec.unknown_byte) unknown = spec.token(*spec.unknown_byte);
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", std::move(unknown)},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", false},
          {"byte_fallback", false},
          {"ignore_merges", spec.ignore_merges},
          {"vocab", vocabulary_of(spec)},
          {"merges", std::move(merges)}};
}

}  // namespace

std::string format_tokenizer_json(const TokenizerSpec& spec) {
  json::object document = {{"version", "1.0"},
                           {"truncation", nullptr},
                           {"padding", nullptr},
                           {"added_tokens", added_tokens(spec)},
                           {"normalizer", nullptr},
                           {"pre_tokenizer", nullptr},
                           {"post_processor", post_processor(spec)}};
  if (spec.word_piece) {
    document["normalizer"] = bert_normalizer(*spec.word_piece);
    document["pre_tokenizer"] = json::object{{"type", "BertPreTokenizer"}};
    document["decoder"] = word_piece_decoder(*spec.word_piece);
    document["model"] = word_piece_model(spec, vocabulary_of(spec));
  } else {
    if (spec.nfc) document["normalizer"] = json::object{{"type", "NFC"}};
    document["pre_tokenizer"] = pre_tokenizer(spec);
    document["decoder"] = byte_level(true);
    document["model"] = bpe_model(spec);
  }
  return json::serialize(document) + "\n";
}

}  // namespace trainbus
