#include "text/sources/special_tokens.hpp"

#include "core/io/error.hpp"
#include "core/io/log.hpp"

namespace trainbus {

std::optional<std::string> named_token(const JsonFields& settings, std::string_view role) {
  const boost::json::value* value = settings.find(role);
  if (value == nullptr) return std::nullopt;
  return value->is_object() ? settings.object(role).text("content") : settings.text(role);
}

std::optional<std::int32_t> role_id(const TokenIndex& index, std::string_view role,
                                    const std::string& token, const JsonFields& settings) {
  if (const auto id = index.find(token)) return id;
  const std::string what = "\"" + std::string(role) + "\" is \"" + token +
                           "\", which is no token of the " + std::to_string(index.size());
  if (role != "pad_token")
    throw UsageError(what, settings.where(),
                     "Name a token of the vocabulary there, or remove the entry.");
  log::warning(settings.where() + ": " + what + "; it is left out, since nothing is padded");
  return std::nullopt;
}

void put_bert_template(TokenizerSpec& spec) {
  using Kind = PairPiece::Kind;
  const std::int32_t begin = spec.cls.value(), end = spec.sep.value();
  spec.prefix = {begin};
  spec.suffix = {end};
  spec.pair = {{Kind::Token, begin, 0},
               {Kind::First, 0, 0},
               {Kind::Token, end, 0},
               {Kind::Second, 0, 1},
               {Kind::Token, end, 1}};
}

}  // namespace trainbus
