#include "text/tokenizer_json_pipeline.hpp"

#include <boost/json/array.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "text/pre_tokenizer.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

constexpr std::string_view remedy = "Use a model with a byte-level BPE or BERT's tokenizer.";

// Calls step for the component at key, or for each member if it is a Sequence; not at all if null.
void each_step(const JsonFields& document, std::string_view key, std::string_view members,
               const std::function<void(const JsonFields&)>& step) {
  if (!document.has(key)) return;
  const JsonFields component = document.object(key);
  if (component.text("type") != "Sequence") return step(component);
  for (const json::value& member : component.array(members))
    step(JsonFields(member, document.where(),
                    std::string(key) + "." + std::string(members) + "[]."));
}

void parse_split(const JsonFields& step, TokenizerSpec& spec) {
  if (step.text("behavior") != "Isolated") step.refuse("behavior", "\"Isolated\"", remedy);
  if (step.flag("invert", false)) step.refuse("invert", "false", remedy);
  spec.split_patterns.push_back(step.object("pattern").text("Regex"));
}

void parse_pre_tokenizer(const JsonFields& document, TokenizerSpec& spec) {
  bool byte_level = false;
  each_step(document, "pre_tokenizer", "pretokenizers", [&](const JsonFields& step) {
    const std::string type = step.text("type");
    if (byte_level) step.refuse("type", "no step after ByteLevel", remedy);
    if (type == "Split") {
      parse_split(step, spec);
    } else if (type == "Digits") {
      const bool individual = step.flag("individual_digits", false);
      spec.split_patterns.push_back(std::string(split_pattern::digits) + (individual ? "" : "+"));
    } else if (type == "ByteLevel") {
      byte_level = true;
      if (step.flag("add_prefix_space", true)) step.refuse("add_prefix_space", "false", remedy);
      if (step.flag("use_regex", true)) spec.split_patterns.emplace_back(split_pattern::gpt2);
    } else {
      step.refuse("type", "Split, Digits or ByteLevel", remedy);
    }
  });
  if (!byte_level) document.refuse("pre_tokenizer", "one that ends with ByteLevel", remedy);
}

// "single": the special tokens before and after the text, as {"SpecialToken": …} around
// {"Sequence": …}.
void parse_template(const JsonFields& step, TokenizerSpec& spec) {
  const JsonFields specials = step.object("special_tokens");
  bool after = false;
  for (const json::value& value : step.array("single")) {
    const JsonFields piece(value, step.where(), "post_processor.single[].");
    if (piece.has("Sequence")) {
      if (after) step.refuse("single", "the text once", remedy);
      after = true;
      continue;
    }
    const JsonFields special = specials.object(piece.object("SpecialToken").text("id"));
    for (const json::value& id : special.array("ids")) {
      if (!id.is_int64() || id.get_int64() < 0 || id.get_int64() > INT32_MAX)
        special.refuse("ids", "a list of ids");
      (after ? spec.suffix : spec.prefix).push_back(static_cast<std::int32_t>(id.get_int64()));
    }
  }
}

// {"sep": ["</s>", 2], "cls": ["<s>", 0]}
void parse_cls_and_sep(const JsonFields& step, TokenizerSpec& spec) {
  for (const std::string_view key : {"cls", "sep"}) {
    const json::array& token = step.array(key);
    if (token.size() != 2 || !token[1].is_int64() || token[1].get_int64() < 0 ||
        token[1].get_int64() > INT32_MAX)
      step.refuse(key, "a token and its id");
    (key == "cls" ? spec.prefix : spec.suffix)
        .push_back(static_cast<std::int32_t>(token[1].get_int64()));
  }
}

}  // namespace

void parse_post_processor(const JsonFields& document, TokenizerSpec& spec) {
  each_step(document, "post_processor", "processors", [&](const JsonFields& step) {
    const std::string type = step.text("type");
    if (type == "TemplateProcessing")
      parse_template(step, spec);
    else if (type == "RobertaProcessing" || type == "BertProcessing")
      parse_cls_and_sep(step, spec);
    else if (type != "ByteLevel")  // which only trims offsets
      step.refuse("type", "ByteLevel, TemplateProcessing, BertProcessing or RobertaProcessing",
                  remedy);
  });
}

void parse_pipeline(const JsonFields& document, TokenizerSpec& spec) {
  each_step(document, "normalizer", "normalizers", [&](const JsonFields& step) {
    if (step.text("type") != "NFC") step.refuse("type", "NFC or no normalizer", remedy);
    spec.nfc = true;
  });
  parse_pre_tokenizer(document, spec);
  parse_post_processor(document, spec);
  each_step(document, "decoder", "decoders", [&](const JsonFields& step) {
    if (step.text("type") != "ByteLevel") step.refuse("type", "ByteLevel", remedy);
  });
}

}  // namespace trainbus
