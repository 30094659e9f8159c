#include "text/token_index.hpp"

#include <cmath>
#include <string>
#include <variant>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

constexpr std::string_view remedy = "The vocabulary is damaged; get it again from its source.";

}  // namespace

TokenIndex::TokenIndex(const TokenizerSpec& spec, Of which) : spec_(spec) {
  std::vector<bool> taken =
      which == Of::Model ? model_tokens(spec) : std::vector<bool>(spec.tokens.size(), true);
  for (const std::int32_t id : spec.unused_ids) taken[static_cast<std::size_t>(id)] = false;
  const bool may_repeat = std::holds_alternative<UnigramSpec>(spec.model);
  ids_.reserve(spec.tokens.size());
  for (std::size_t i = 0; i < spec.tokens.size(); ++i) {
    if (!taken[i]) continue;
    const auto [other, fresh] = ids_.emplace(spec.tokens[i], static_cast<std::int32_t>(i));
    if (!fresh && !may_repeat)
      throw UsageError("tokens " + std::to_string(other->second) + " and " + std::to_string(i) +
                           " are both \"" + spec.tokens[i] + "\"",
                       spec.where, remedy);
    other->second = static_cast<std::int32_t>(i);
  }
}

std::vector<bool> model_tokens(const TokenizerSpec& spec) {
  std::vector<bool> of_model(spec.tokens.size(), true);
  for (const AddedToken& token : spec.added)
    of_model[static_cast<std::size_t>(token.id)] = token.in_vocabulary;
  for (const std::int32_t id : spec.unused_ids) of_model[static_cast<std::size_t>(id)] = false;
  return of_model;
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

namespace {

// Every id that a spec mentions.
class Check {
 public:
  explicit Check(const TokenizerSpec& spec) : spec_(spec), used_(spec.tokens.size(), true) {
    for (const std::int32_t id : spec.unused_ids) {
      if (id < 0 || static_cast<std::size_t>(id) >= used_.size()) refuse(id, "an unused id");
      used_[static_cast<std::size_t>(id)] = false;
    }
  }

  void require(std::int32_t id, std::string_view what) const {
    if (id < 0 || static_cast<std::size_t>(id) >= used_.size() ||
        !used_[static_cast<std::size_t>(id)])
      refuse(id, what);
  }
  void operator()(const BpeSpec& model) const {
    for (const auto& [left, right] : model.merges) {
      require(left, "a merge's left part");
      require(right, "a merge's right part");
    }
    if (model.unknown) require(*model.unknown, "the unknown token");
  }
  void operator()(const UnigramSpec& model) const {
    if (model.scores.size() > spec_.tokens.size())
      throw UsageError("has " + std::to_string(model.scores.size()) + " scores, but " +
                           std::to_string(spec_.tokens.size()) + " tokens",
                       spec_.where, remedy);
    for (std::size_t i = 0; i < model.scores.size(); ++i)
      if (!std::isfinite(model.scores[i]))
        throw UsageError("the score of token " + std::to_string(i) + ", \"" + spec_.tokens[i] +
                             "\", is no finite number",
                         spec_.where, remedy);
    if (model.unknown) require(*model.unknown, "the unknown token");
  }
  void operator()(const WordPieceSpec& model) const { require(model.unknown, "the unknown token"); }
  void operator()(const WordLevelSpec& model) const { require(model.unknown, "the unknown token"); }

 private:
  [[noreturn]] void refuse(std::int32_t id, std::string_view what) const {
    throw UsageError(std::string(what) + " has the id " + std::to_string(id) + ", but there are " +
                         std::to_string(spec_.tokens.size()) + " tokens",
                     spec_.where, remedy);
  }

  const TokenizerSpec& spec_;
  std::vector<bool> used_;
};

}  // namespace

void check(const TokenizerSpec& spec) {
  const Check check(spec);
  for (const AddedToken& token : spec.added) check.require(token.id, "an added token");
  for (const std::int32_t id : spec.prefix) check.require(id, "the template's prefix");
  for (const std::int32_t id : spec.suffix) check.require(id, "the template's suffix");
  for (const PairPiece& piece : spec.pair)
    if (piece.kind == PairPiece::Kind::Token) check.require(piece.id, "the template for two texts");
  for (const auto& id : {spec.bos, spec.eos, spec.pad, spec.unk, spec.cls, spec.sep, spec.mask})
    if (id) check.require(*id, "a special token");
  std::visit(check, spec.model);
}

}  // namespace trainbus
