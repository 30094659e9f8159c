// Collects tokens by their ids, in any order. Internal to the readers of vocabularies.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer_spec.hpp"

namespace trainbus {

class TokenTable {
 public:
  // where: the file, for messages; must outlive the table.
  explicit TokenTable(const std::string& where) : where_(where) {}
  // Begins with a spec's tokens.
  TokenTable(const std::string& where, const TokenizerSpec& spec);

  // Throws UsageError if another token has the id.
  void set(std::int64_t id, std::string_view token);
  // Sets the tokens and unused_ids. Throws UsageError if more ids are unused than used, and more
  // than a few: a vocabulary has an id that its model has no row for.
  void finish(TokenizerSpec& spec);

 private:
  struct Entry {
    std::int64_t id;
    std::string token;
  };
  const std::string& where_;
  std::vector<Entry> entries_;
};

}  // namespace trainbus
