#include "text/models/bpe.hpp"

#include <algorithm>
#include <optional>
#include <queue>
#include <utility>

#include "core/io/error.hpp"
#include "text/steps/byte_level.hpp"
#include "text/steps/characters.hpp"

namespace trainbus {

// The symbols that a word begins with.
class Bpe::Symbols {
 public:
  explicit Symbols(const Bpe& bpe, std::size_t most) : bpe_(bpe) { list.reserve(most); }

  void add(std::int32_t id, std::size_t bytes) {
    const auto index = static_cast<std::int32_t>(list.size());
    list.push_back({id, static_cast<std::uint32_t>(bytes), index - 1, index + 1});
  }
  // A known token behind unknown ones.
  void add_known(std::int32_t id, std::size_t bytes) {
    end_unknown();
    add(id, bytes);
  }
  // Neighbours are fused or not, as the model wants it; dropped if it has no unknown token.
  void add_unknown(std::size_t bytes) {
    if (bpe_.unknown_ < 0) {
      dropped = true;
      return;
    }
    if (!bpe_.rules_.fuse_unknown) end_unknown();
    unknown_bytes_ += bytes;
  }
  void end() {
    end_unknown();
    if (!list.empty()) list.back().next = -1;
  }

  std::vector<Symbol> list;
  bool dropped = false;

 private:
  void end_unknown() {
    if (unknown_bytes_ > 0) add(bpe_.unknown_, unknown_bytes_);
    unknown_bytes_ = 0;
  }

  const Bpe& bpe_;
  std::size_t unknown_bytes_ = 0;
};

Bpe::Bpe(const TokenizerSpec& spec, const BpeSpec& rules)
    : rules_(rules),
      of_bytes_(takes_bytes(spec)),
      unknown_(rules.unknown.value_or(-1)),
      merges_(rules.merges.size()) {
  byte_token_.fill(-1);
  TokenIndex tokens(spec, TokenIndex::Of::Model);
  of_bytes_ ? read_bytes(tokens) : read_characters(tokens);
  add_merges(spec, tokens);
  if (!of_bytes_ &&
      (rules.ignore_merges || !rules.continuing_prefix.empty() || !rules.end_suffix.empty()))
    tokens_.emplace(std::move(tokens));
  cuts_before_marks_ = borders_hold_before_marks(spec);
}

void Bpe::read_bytes(const TokenIndex& tokens) {
  for (const auto& [token, id] : tokens.all()) {
    std::optional<std::string> bytes = from_byte_level(token);
    if (!bytes) continue;
    if (bytes->size() == 1) byte_token_[static_cast<unsigned char>((*bytes)[0])] = id;
    if (rules_.ignore_merges) whole_words_.emplace(*std::move(bytes), id);
  }
}

void Bpe::read_characters(const TokenIndex& tokens) {
  for (unsigned byte = 0; rules_.byte_fallback && byte < 256; ++byte)
    byte_token_[byte] = tokens.find(byte_token_text(static_cast<unsigned char>(byte))).value_or(-1);
  for (const auto& [token, id] : tokens.all())
    if (!token.empty() && utf8_front(token).bytes == token.size())
      character_token_.insert_or_assign(utf8_front(token).code, id);
}

void Bpe::add_merges(const TokenizerSpec& spec, const TokenIndex& tokens) {
  for (std::size_t rank = 0; rank < rules_.merges.size(); ++rank) {
    const auto [left, right] = rules_.merges[rank];
    const std::string_view second = spec.token(right);
    const std::string whole =
        spec.token(left) +
        std::string(second.substr(std::min(second.size(), rules_.continuing_prefix.size())));
    const auto result = tokens.find(whole);
    if (!result)
      throw UsageError(
          "merge " + std::to_string(rank) + " makes \"" + whole + "\", which is no token",
          spec.where, "The vocabulary is damaged; get it again from its source.");
    // A pair that is listed twice has the rank of its last occurrence, as in Hugging Face's
    // tokenizers.
    merges_.insert_or_assign(key(left, right), Merge{static_cast<std::uint32_t>(rank), *result});
  }
}

bool Bpe::borders_hold_before_marks(const TokenizerSpec& spec) const {
  if (of_bytes_ || rules_.ignore_merges || !rules_.continuing_prefix.empty() ||
      !rules_.end_suffix.empty() || character_token(blank_mark, true, false) < 0)
    return false;
  return std::all_of(rules_.merges.begin(), rules_.merges.end(), [&](const auto& merge) {
    return spec.token(merge.first).ends_with(blank_mark) ||
           !spec.token(merge.second).starts_with(blank_mark);
  });
}

std::int32_t Bpe::character_token(std::string_view character, bool first, bool last) const {
  const std::string& prefix = rules_.continuing_prefix;
  const std::string& suffix = rules_.end_suffix;
  if ((first || prefix.empty()) && (!last || suffix.empty())) {
    const std::int32_t* id = character_token_.find(utf8_front(character).code);
    return id == nullptr ? -1 : *id;
  }
  std::string token = first ? std::string() : prefix;
  token += character;
  if (last) token += suffix;
  return tokens_->find(token).value_or(-1);
}

void Bpe::byte_symbols(std::string_view word, Symbols& symbols) const {
  for (const char c : word) {
    const std::int32_t id = byte_token_[static_cast<unsigned char>(c)];
    id >= 0 ? symbols.add_known(id, 1) : symbols.add_unknown(1);
  }
}

void Bpe::character_symbols(std::string_view word, Symbols& symbols) const {
  each_character(word, [&](char32_t, std::size_t begin, std::size_t end) {
    const std::string_view character = word.substr(begin, end - begin);
    const std::int32_t id = character_token(character, begin == 0, end == word.size());
    if (id >= 0) return symbols.add_known(id, end - begin);
    const auto has_token = [&](char c) { return byte_token_[static_cast<unsigned char>(c)] >= 0; };
    if (!rules_.byte_fallback || !std::all_of(character.begin(), character.end(), has_token))
      return symbols.add_unknown(end - begin);
    // As in Hugging Face's tokenizers, unknown characters before these come behind them.
    for (const char c : character) symbols.add(byte_token_[static_cast<unsigned char>(c)], 1);
  });
}

void Bpe::merge(std::vector<Symbol>& symbols) const {
  struct Candidate {
    std::uint32_t rank;
    std::int32_t left;  // index of the left symbol
    std::int32_t result;
  };
  const auto at = [&](std::int32_t i) -> Symbol& { return symbols[static_cast<std::size_t>(i)]; };
  // Lowest rank first, then leftmost.
  const auto worse = [](const Candidate& a, const Candidate& b) {
    return a.rank != b.rank ? a.rank > b.rank : a.left > b.left;
  };
  std::vector<Candidate> room;
  room.reserve(symbols.size());
  std::priority_queue<Candidate, std::vector<Candidate>, decltype(worse)> candidates(
      worse, std::move(room));
  const auto merge_of = [&](std::int32_t left) -> const Merge* {
    if (left < 0 || at(left).next < 0) return nullptr;
    return merges_.find(key(at(left).id, at(at(left).next).id));
  };
  const auto consider = [&](std::int32_t left) {
    if (const Merge* merge = merge_of(left)) candidates.push({merge->rank, left, merge->result});
  };
  for (std::size_t i = 0; i + 1 < symbols.size(); ++i) consider(static_cast<std::int32_t>(i));
  while (!candidates.empty()) {
    const Candidate best = candidates.top();
    candidates.pop();
    Symbol& left = at(best.left);
    if (left.bytes == 0) continue;
    // Stale if one of the two has been merged meanwhile.
    const Merge* merge = merge_of(best.left);
    if (merge == nullptr || merge->result != best.result) continue;
    Symbol& right = at(left.next);
    left.id = best.result;
    left.bytes += right.bytes;
    right.bytes = 0;
    left.next = right.next;
    if (right.next >= 0) at(right.next).previous = best.left;
    consider(left.previous);
    consider(best.left);
  }
}

// Hugging Face's tokenizers count the letters of the byte alphabet, and do not count those that
// they drop: what follows moves forward by them.
void Bpe::shift_for_dropped_bytes(std::string_view word, WordToken* begin, WordToken* end) const {
  std::vector<std::uint32_t> byte_at;  // by letter bytes: the byte of the word
  std::vector<std::uint32_t> kept;     // letter bytes of each kept byte
  for (std::size_t i = 0; i < word.size(); ++i) {
    const auto letters = static_cast<std::uint32_t>(to_byte_level(word.substr(i, 1)).size());
    byte_at.insert(byte_at.end(), letters, static_cast<std::uint32_t>(i));
    if (byte_token_[static_cast<unsigned char>(word[i])] >= 0) kept.push_back(letters);
  }
  std::size_t byte = 0, letter = 0;
  for (WordToken* token = begin; token != end; ++token) {
    const std::size_t first = letter;
    for (std::uint32_t n = token->begin; n < token->end; ++n) letter += kept[byte++];
    token->begin = byte_at[first];
    token->end = byte_at[letter - 1] + 1;
  }
}

void Bpe::encode(std::string_view word, std::vector<WordToken>& tokens) const {
  const auto whole_bytes = static_cast<std::uint32_t>(word.size());
  if (rules_.ignore_merges) {
    if (of_bytes_) {
      const auto whole = whole_words_.find(std::string(word));
      if (whole != whole_words_.end()) return tokens.push_back({whole->second, 0, whole_bytes});
    } else if (const auto whole = tokens_->find(word)) {
      return tokens.push_back({*whole, 0, whole_bytes});
    }
  }
  Symbols symbols(*this, word.size());
  of_bytes_ ? byte_symbols(word, symbols) : character_symbols(word, symbols);
  symbols.end();
  merge(symbols.list);
  const std::size_t before = tokens.size();
  std::uint32_t begin = 0;
  for (const Symbol& symbol : symbols.list) {
    if (symbol.bytes == 0) continue;
    tokens.push_back({symbol.id, begin, begin + symbol.bytes});
    begin += symbol.bytes;
  }
  if (of_bytes_ && symbols.dropped)
    shift_for_dropped_bytes(word, tokens.data() + before, tokens.data() + tokens.size());
}

}  // namespace trainbus
