#include "text/token_index.hpp"

#include <string>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

constexpr std::string_view remedy = "The vocabulary is damaged; get it again from its source.";

}  // namespace

TokenIndex::TokenIndex(const TokenizerSpec& spec) : spec_(spec) {
  ids_.reserve(spec.tokens.size());
  for (std::size_t i = 0; i < spec.tokens.size(); ++i) {
    const auto [other, fresh] = ids_.emplace(spec.tokens[i], static_cast<std::int32_t>(i));
    if (!fresh)
      throw UsageError("tokens " + std::to_string(other->second) + " and " + std::to_string(i) +
                           " are both \"" + spec.tokens[i] + "\"",
                       spec.where, remedy);
  }
}

std::optional<std::int32_t> TokenIndex::find(std::string_view token) const {
  const auto found = ids_.find(token);
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

std::int32_t TokenIndex::at(std::string_view token, std::string_view role) const {
  if (const auto id = find(token)) return *id;
  throw UsageError(std::string(role) + " is \"" + std::string(token) +
                       "\", which is no token of the " + std::to_string(spec_.tokens.size()),
                   spec_.where, remedy);
}

std::pair<std::int32_t, std::int32_t> TokenIndex::merge(std::string_view text) const {
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos || text.find(' ', blank + 1) != std::string_view::npos)
    throw UsageError("a merge is \"" + std::string(text) + "\", expected two tokens with one blank",
                     spec_.where, remedy);
  return {at(text.substr(0, blank), "a merge's left part"),
          at(text.substr(blank + 1), "a merge's right part")};
}

void check(const TokenizerSpec& spec) {
  const auto require = [&](std::int32_t id, std::string_view role) {
    if (id < 0 || static_cast<std::size_t>(id) >= spec.tokens.size())
      throw UsageError(std::string(role) + " has the id " + std::to_string(id) +
                           ", but there are " + std::to_string(spec.tokens.size()) + " tokens",
                       spec.where, remedy);
  };
  for (const auto& [left, right] : spec.merges) {
    require(left, "a merge's left part");
    require(right, "a merge's right part");
  }
  for (const AddedToken& token : spec.added) require(token.id, "an added token");
  for (const std::int32_t id : spec.prefix) require(id, "the template's prefix");
  for (const std::int32_t id : spec.suffix) require(id, "the template's suffix");
  if (spec.word_piece) require(spec.word_piece->unknown, "the unknown token");
  for (const auto& id :
       {spec.bos, spec.eos, spec.pad, spec.unk, spec.cls, spec.sep, spec.mask, spec.unknown_byte})
    if (id) require(*id, "a special token");
}

}  // namespace trainbus
