#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <string>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/json.hpp"
#include "core/io/log.hpp"
#include "formats/json_fields.hpp"
#include "text/sources/tokenizer_json.hpp"
#include "text/sources/tokenizer_json_parts.hpp"
#include "text/token_index.hpp"
#include "text/token_table.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

// The kind of model; files before 2020 do not name it.
std::string type_of(const JsonFields& model) {
  if (model.has("type")) {
    std::string type = model.text("type");
    for (const std::string_view known : {"BPE", "Unigram", "WordPiece", "WordLevel"})
      if (type == known) return type;
    model.refuse("type", "BPE, Unigram, WordPiece or WordLevel", unknown_part_remedy);
  }
  const json::value* vocabulary = model.find("vocab");
  if (vocabulary != nullptr && vocabulary->is_array()) return "Unigram";
  return "BPE";
}

AddedToken parse_added(const JsonFields& fields) {
  AddedToken token;
  token.id = static_cast<std::int32_t>(fields.integer("id", 0, INT32_MAX));
  token.special = fields.flag("special", false);
  token.normalized = fields.flag("normalized", !token.special);
  token.strip_left = fields.flag("lstrip", false);
  token.strip_right = fields.flag("rstrip", false);
  token.single_word = fields.flag("single_word", false);
  return token;
}

void parse_vocabulary(const JsonFields& model, const std::string& type, TokenizerSpec& spec) {
  if (type == "Unigram") return parse_unigram_tokens(model, spec);
  const JsonFields vocabulary = model.object("vocab");
  TokenTable table(spec.where);
  for (const json::key_value_pair& entry : vocabulary.members())
    table.set(vocabulary.integer(entry.key(), 0, INT32_MAX), entry.key());
  table.finish(spec);
}

// Tokens that the vocabulary does not have get the ids that Hugging Face's tokenizers give them,
// which count on from the vocabulary's size whatever the file says.
class AddedTokenList {
 public:
  AddedTokenList(std::size_t model_tokens, TokenizerSpec& spec)
      : spec_(spec), next_(static_cast<std::int32_t>(model_tokens)) {
    const TokenIndex index(spec);
    for (const auto& [token, id] : index.all()) ids_.emplace(token, id);
  }

  void add(const JsonFields& fields) {
    const std::string content = fields.text("content");
    if (content.empty()) return;
    AddedToken token = parse_added(fields);
    const auto known = ids_.find(content);
    token.in_vocabulary = known != ids_.end();
    if (token.in_vocabulary && known->second != token.id)
      fields.refuse("id", "the same as in model.vocab");
    if (!token.in_vocabulary) take_id(content, token, fields);
    last_ = std::max(last_, token.id);
    for (AddedToken& other : spec_.added)
      if (other.id == token.id) {
        other = token;
        return;
      }
    spec_.added.push_back(token);
  }

 private:
  void take_id(const std::string& content, AddedToken& token, const JsonFields& fields) {
    if (const auto before = added_.find(content); before != added_.end()) {
      token.id = before->second;
      return;
    }
    const std::int32_t id = last_ >= next_ ? last_ + 1 : next_;
    if (id != token.id)
      log::warning(fields.where() + ": the added token \"" + content + "\" has the id " +
                   std::to_string(token.id) + " there, but gets " + std::to_string(id) +
                   ", as in Hugging Face's tokenizers");
    token.id = id;
    added_.emplace(content, id);
    new_tokens.emplace_back(id, content);
  }

 public:
  std::vector<std::pair<std::int32_t, std::string>> new_tokens;

 private:
  TokenizerSpec& spec_;
  std::map<std::string, std::int32_t, std::less<>> ids_, added_;
  const std::int32_t next_;
  std::int32_t last_ = -1;  // the largest id of an added token
};

void parse_tokens(const JsonFields& document, const JsonFields& model, const std::string& type,
                  TokenizerSpec& spec) {
  parse_vocabulary(model, type, spec);
  const std::size_t count = spec.tokens.size() - spec.unused_ids.size();
  if (!document.has("added_tokens")) return;
  AddedTokenList added(count, spec);
  for (const json::value& token : document.array("added_tokens"))
    added.add(JsonFields(token, document.where(), "added_tokens[]."));
  TokenTable table(spec.where, spec);
  for (const auto& [id, token] : added.new_tokens) table.set(id, token);
  table.finish(spec);
}

// The document without what is written from the spec.
std::string rest_of(json::value document) {
  json::object& object = document.as_object();
  for (const char* key : {"truncation", "padding"}) object[key] = nullptr;
  json::object& model = object["model"].as_object();
  for (const char* key : {"vocab", "merges"})
    if (model.contains(key)) model[key] = nullptr;
  return json::serialize(document);
}

}  // namespace

TokenizerSpec parse_tokenizer_json(std::string_view text, const std::string& where) {
  json::value value = parse_json(text, where);
  TokenizerSpec spec;
  spec.where = where;
  {
    const JsonFields document(value, where);
    const JsonFields model = document.object("model");
    const std::string type = type_of(model);
    parse_tokens(document, model, type, spec);
    parse_model(model, type, spec);
    parse_steps(document, spec);
    parse_post_processor(document, spec);
  }
  spec.document = rest_of(std::move(value));
  check(spec);
  return spec;
}

}  // namespace trainbus
