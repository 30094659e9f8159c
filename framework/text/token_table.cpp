#include "text/token_table.hpp"

#include <algorithm>
#include <utility>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

constexpr std::string_view remedy = "The file is damaged; get it again from its source.";

std::string named(std::string_view token, std::int64_t id) {
  return "token \"" + std::string(token) + "\" has the id " + std::to_string(id) + ", ";
}

}  // namespace

TokenTable::TokenTable(const std::string& where, const TokenizerSpec& spec) : where_(where) {
  std::vector<bool> used(spec.tokens.size(), true);
  for (const std::int32_t id : spec.unused_ids) used[static_cast<std::size_t>(id)] = false;
  for (std::size_t i = 0; i < spec.tokens.size(); ++i)
    if (used[i]) entries_.push_back({static_cast<std::int64_t>(i), spec.tokens[i]});
}

void TokenTable::set(std::int64_t id, std::string_view token) {
  entries_.push_back({id, std::string(token)});
}

void TokenTable::finish(TokenizerSpec& spec) {
  constexpr std::int64_t few = 1024;
  std::stable_sort(entries_.begin(), entries_.end(),
                   [](const Entry& a, const Entry& b) { return a.id < b.id; });
  spec.tokens.clear();
  spec.unused_ids.clear();
  const auto count = static_cast<std::int64_t>(entries_.size());
  for (Entry& entry : entries_) {
    if (entry.id < static_cast<std::int64_t>(spec.tokens.size()))
      throw UsageError(named(entry.token, entry.id) + "which is also that of \"" +
                           spec.tokens[static_cast<std::size_t>(entry.id)] + "\"",
                       where_, remedy);
    if (entry.id >= 2 * count + few)
      throw UsageError(
          named(entry.token, entry.id) + "but there are only " + std::to_string(count) + " tokens",
          where_, remedy);
    while (static_cast<std::int64_t>(spec.tokens.size()) < entry.id) {
      spec.unused_ids.push_back(static_cast<std::int32_t>(spec.tokens.size()));
      spec.tokens.emplace_back();
    }
    spec.tokens.push_back(std::move(entry.token));
  }
  entries_.clear();
}

}  // namespace trainbus
