#include "text/bpe.hpp"

#include <algorithm>
#include <optional>
#include <queue>

#include "core/io/error.hpp"
#include "text/byte_level.hpp"
#include "text/token_index.hpp"

namespace trainbus {

Bpe::Bpe(const TokenizerSpec& spec) : unknown_byte_(spec.unknown_byte.value_or(-1)) {
  std::vector<bool> is_added(spec.tokens.size());
  for (const AddedToken& token : spec.added) is_added[static_cast<std::size_t>(token.id)] = true;
  const TokenIndex ids(spec);
  byte_token_.fill(-1);
  for (std::size_t i = 0; i < spec.tokens.size(); ++i) {
    const std::optional<std::string> bytes =
        is_added[i] ? std::nullopt : from_byte_level(spec.tokens[i]);
    bytes_.push_back(bytes.value_or(spec.tokens[i]));
    if (bytes && bytes->size() == 1)
      byte_token_[static_cast<unsigned char>((*bytes)[0])] = static_cast<std::int32_t>(i);
  }
  for (std::size_t rank = 0; rank < spec.merges.size(); ++rank) {
    const auto [left, right] = spec.merges[rank];
    const auto result = ids.find(spec.token(left) + spec.token(right));
    if (!result)
      throw UsageError("merge " + std::to_string(rank) + " makes \"" + spec.token(left) +
                           spec.token(right) + "\", which is no token",
                       spec.where, "The vocabulary is damaged; get it again from its source.");
    // A pair that is listed twice has the rank of its last occurrence, as in Hugging Face's
    // tokenizers.
    merges_.insert_or_assign(key(left, right), Merge{static_cast<std::uint32_t>(rank), *result});
  }
  if (!spec.ignore_merges) return;
  for (std::size_t i = 0; i < bytes_.size(); ++i)
    if (!is_added[i]) whole_words_.emplace(bytes_[i], static_cast<std::int32_t>(i));
  for (const AddedToken& token : spec.added)
    if (token.in_vocabulary) whole_words_.emplace(bytes(token.id), token.id);
}

std::vector<Bpe::Symbol> Bpe::symbols_of(std::string_view word) const {
  std::vector<Symbol> symbols;
  symbols.reserve(word.size());
  for (const char c : word) {
    std::int32_t id = byte_token_[static_cast<unsigned char>(c)];
    if (id < 0) id = unknown_byte_;
    if (id < 0) continue;
    const auto index = static_cast<std::int32_t>(symbols.size());
    symbols.push_back({id, index - 1, index + 1});
  }
  if (!symbols.empty()) symbols.back().next = -1;
  return symbols;
}

void Bpe::merge(std::vector<Symbol>& symbols) const {
  const auto at = [&](std::int32_t i) -> Symbol& { return symbols[static_cast<std::size_t>(i)]; };
  // Lowest rank first, then leftmost.
  const auto worse = [](const Candidate& a, const Candidate& b) {
    return a.rank != b.rank ? a.rank > b.rank : a.left > b.left;
  };
  std::priority_queue<Candidate, std::vector<Candidate>, decltype(worse)> candidates(worse);
  const auto consider = [&](std::int32_t left) {
    if (left < 0 || at(left).next < 0) return;
    const std::int32_t right_id = at(at(left).next).id;
    const auto merge = merges_.find(key(at(left).id, right_id));
    if (merge != merges_.end()) candidates.push({merge->second.rank, left, at(left).id, right_id});
  };
  for (std::size_t i = 0; i + 1 < symbols.size(); ++i) consider(static_cast<std::int32_t>(i));
  while (!candidates.empty()) {
    const Candidate best = candidates.top();
    candidates.pop();
    Symbol& left = at(best.left);
    // Stale if one of the two has been merged meanwhile; a merged right symbol's id is -1.
    if (left.id != best.left_id || left.next < 0 || at(left.next).id != best.right_id) continue;
    Symbol& right = at(left.next);
    left.id = merges_.at(key(best.left_id, best.right_id)).result;
    right.id = -1;
    left.next = right.next;
    if (right.next >= 0) at(right.next).previous = best.left;
    consider(left.previous);
    consider(best.left);
  }
}

void Bpe::encode(std::string_view word, std::vector<std::int32_t>& out) const {
  if (const auto whole = whole_words_.find(word); whole != whole_words_.end()) {
    out.push_back(whole->second);
    return;
  }
  std::vector<Symbol> symbols = symbols_of(word);
  merge(symbols);
  for (const Symbol& symbol : symbols)
    if (symbol.id >= 0) out.push_back(symbol.id);
}

}  // namespace trainbus
