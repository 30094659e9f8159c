// What a tokenizer.json does with the tokens at the end ("post_processor").
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <string>
#include <utility>
#include <variant>

#include "text/sources/tokenizer_json_parts.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

std::int32_t id_of(const json::value& value, const JsonFields& fields, std::string_view key) {
  if (!value.is_int64() || value.get_int64() < 0 || value.get_int64() > INT32_MAX)
    fields.refuse(key, "a list of ids");
  return static_cast<std::int32_t>(value.get_int64());
}

// "single" or "pair": special tokens, as {"SpecialToken": …}, around {"Sequence": …}.
std::vector<PairPiece> parse_template(const JsonFields& step, std::string_view key) {
  const JsonFields specials = step.object("special_tokens");
  std::vector<PairPiece> pieces;
  for (const json::value& value : step.array(key)) {
    const JsonFields piece(value, step.where(), "post_processor." + std::string(key) + "[].");
    const bool is_text = piece.has("Sequence");
    const JsonFields fields = piece.object(is_text ? "Sequence" : "SpecialToken");
    PairPiece made;
    made.type_id = static_cast<std::int32_t>(fields.integer("type_id", 0, INT32_MAX, 0));
    if (is_text) {
      made.kind = fields.text("id") == "B" ? PairPiece::Kind::Second : PairPiece::Kind::First;
      pieces.push_back(made);
      continue;
    }
    const JsonFields special = specials.object(fields.text("id"));
    for (const json::value& id : special.array("ids")) {
      made.id = id_of(id, special, "ids");
      pieces.push_back(made);
    }
  }
  return pieces;
}

void set_single(const std::vector<PairPiece>& pieces, const JsonFields& step, TokenizerSpec& spec) {
  bool after = false;
  for (const PairPiece& piece : pieces) {
    if (piece.kind == PairPiece::Kind::Token) {
      (after ? spec.suffix : spec.prefix).push_back(piece.id);
      continue;
    }
    if (after) step.refuse("single", "the text once", unknown_part_remedy);
    after = true;
  }
}

// {"sep": ["</s>", 2], "cls": ["<s>", 0]}; of BERT: cls A sep B sep; of RoBERTa: cls A sep sep B
// sep.
void parse_cls_and_sep(const JsonFields& step, bool roberta, TokenizerSpec& spec) {
  const auto id = [&](std::string_view key) {
    const json::array& token = step.array(key);
    if (token.size() != 2) step.refuse(key, "a token and its id");
    return id_of(token[1], step, key);
  };
  using Kind = PairPiece::Kind;
  const std::int32_t cls = id("cls"), sep = id("sep"), second = roberta ? 0 : 1;
  spec.prefix = {cls};
  spec.suffix = {sep};
  spec.pair = {{Kind::Token, cls, 0}, {Kind::First, 0, 0}, {Kind::Token, sep, 0}};
  if (roberta) spec.pair.push_back({Kind::Token, sep, 0});
  spec.pair.push_back({Kind::Second, 0, second});
  spec.pair.push_back({Kind::Token, sep, second});
}

void parse_trim(const JsonFields& step, TokenizerSpec& spec) {
  if (!step.flag("trim_offsets", true)) return;
  spec.trim = step.flag("add_prefix_space", true) ? TokenizerSpec::Trim::SpacesButFirst
                                                  : TokenizerSpec::Trim::Spaces;
}

void parse_step(const JsonFields& step, TokenizerSpec& spec) {
  const std::string type = step.text("type");
  if (type == "Sequence") {
    for (const json::value& member : step.array("processors"))
      parse_step(JsonFields(member, step.where(), "post_processor.processors[]."), spec);
  } else if (type == "TemplateProcessing") {
    set_single(parse_template(step, "single"), step, spec);
    if (step.has("pair")) spec.pair = parse_template(step, "pair");
  } else if (type == "BertProcessing") {
    parse_cls_and_sep(step, false, spec);
  } else if (type == "RobertaProcessing") {
    parse_cls_and_sep(step, true, spec);
    parse_trim(step, spec);
  } else if (type == "ByteLevel") {
    parse_trim(step, spec);
  } else {
    step.refuse("type",
                "ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing or Sequence",
                unknown_part_remedy);
  }
}

json::object trimming(const TokenizerSpec& spec) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", spec.trim != TokenizerSpec::Trim::Spaces},
          {"trim_offsets", spec.trim != TokenizerSpec::Trim::None},
          {"use_regex", true}};
}

// The pieces as the document writes them; their special tokens are added to `specials`.
json::array format_template(const TokenizerSpec& spec, const std::vector<PairPiece>& pieces,
                            json::object& specials) {
  json::array out;
  for (const PairPiece& piece : pieces) {
    if (piece.kind != PairPiece::Kind::Token) {
      const char* name = piece.kind == PairPiece::Kind::First ? "A" : "B";
      out.push_back(json::object{{"Sequence", {{"id", name}, {"type_id", piece.type_id}}}});
      continue;
    }
    const std::string& token = spec.token(piece.id);
    out.push_back(json::object{{"SpecialToken", {{"id", token}, {"type_id", piece.type_id}}}});
    specials[token] = {
        {"id", token}, {"ids", json::array{piece.id}}, {"tokens", json::array{token}}};
  }
  return out;
}

json::object format_templates(const TokenizerSpec& spec) {
  using Kind = PairPiece::Kind;
  std::vector<PairPiece> single;
  for (const std::int32_t id : spec.prefix) single.push_back({Kind::Token, id, 0});
  single.push_back({Kind::First, 0, 0});
  for (const std::int32_t id : spec.suffix) single.push_back({Kind::Token, id, 0});
  std::vector<PairPiece> pair = spec.pair;
  if (pair.empty()) {
    pair = single;
    for (PairPiece piece : single) {
      if (piece.kind == Kind::First) piece.kind = Kind::Second;
      piece.type_id = 1;
      pair.push_back(piece);
    }
  }
  json::object specials;
  json::array singles = format_template(spec, single, specials);
  json::array pairs = format_template(spec, pair, specials);
  return {{"type", "TemplateProcessing"},
          {"single", std::move(singles)},
          {"pair", std::move(pairs)},
          {"special_tokens", std::move(specials)}};
}

}  // namespace

void parse_post_processor(const JsonFields& document, TokenizerSpec& spec) {
  if (document.has("post_processor")) parse_step(document.object("post_processor"), spec);
}

json::value format_post_processor(const TokenizerSpec& spec) {
  const bool trims = spec.trim != TokenizerSpec::Trim::None;
  const bool puts = !spec.prefix.empty() || !spec.suffix.empty() || !spec.pair.empty();
  if (trims && puts)
    return json::object{{"type", "Sequence"},
                        {"processors", json::array{trimming(spec), format_templates(spec)}}};
  if (trims) return trimming(spec);
  return puts ? json::value(format_templates(spec)) : json::value();
}

}  // namespace trainbus
