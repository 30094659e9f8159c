#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "core/io/json.hpp"
#include "text/sources/tokenizer_json.hpp"
#include "text/sources/tokenizer_json_parts.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

json::array added_tokens(const TokenizerSpec& spec) {
  json::array added;
  for (const AddedToken& token : spec.added)
    added.push_back(json::object{{"id", token.id},
                                 {"content", spec.token(token.id)},
                                 {"single_word", token.single_word},
                                 {"lstrip", token.strip_left},
                                 {"rstrip", token.strip_right},
                                 {"normalized", token.normalized},
                                 {"special", token.special}});
  return added;
}

// Without the vocabulary.
json::object document_of(const TokenizerSpec& spec) {
  if (!spec.document.empty()) {
    json::value document = parse_json(spec.document, spec.where);
    return std::move(document.as_object());
  }
  json::object document = {{"version", "1.0"},
                           {"truncation", nullptr},
                           {"padding", nullptr},
                           {"added_tokens", added_tokens(spec)},
                           {"normalizer", nullptr},
                           {"pre_tokenizer", nullptr},
                           {"post_processor", format_post_processor(spec)},
                           {"decoder", nullptr},
                           {"model", format_model(spec)}};
  format_steps(spec, document);
  return document;
}

}  // namespace

std::string format_tokenizer_json(const TokenizerSpec& spec) {
  json::object document = document_of(spec);
  put_vocabulary(spec, document["model"].as_object());
  return json::serialize(document) + "\n";
}

}  // namespace trainbus
