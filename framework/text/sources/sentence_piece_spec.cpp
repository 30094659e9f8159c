// A SentencePiece vocabulary as tokens and steps.
#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/utf8.hpp"
#include "text/sources/sentence_piece.hpp"

namespace trainbus {
namespace {

using Type = SentencePieceModel::Type;
using Piece = SentencePieceModel::Piece;

const std::string mark(blank_mark);

bool can_be_merged(const Piece& piece) {
  return piece.type == Type::Normal || piece.type == Type::UserDefined;
}

// SentencePiece merges the pair whose result has the best score; a rank for each way to make a
// piece says the same.
std::vector<std::pair<std::int32_t, std::int32_t>> merges_of(const std::vector<Piece>& pieces) {
  struct Merge {
    float score;
    std::size_t left_characters, right_characters;
    std::int32_t left, right;
  };
  std::unordered_map<std::string_view, std::int32_t> ids;
  for (std::size_t i = 0; i < pieces.size(); ++i)
    if (can_be_merged(pieces[i])) ids.emplace(pieces[i].text, static_cast<std::int32_t>(i));
  std::vector<Merge> merges;
  std::vector<std::size_t> borders;
  for (const Piece& piece : pieces) {
    if (!can_be_merged(piece)) continue;
    const std::string_view text = piece.text;
    borders.clear();
    for (std::size_t i = 1; i < text.size(); ++i)
      if (is_utf8_boundary(text, i)) borders.push_back(i);
    const std::size_t first = merges.size();
    for (std::size_t i = 0; i < borders.size(); ++i) {
      const auto left = ids.find(text.substr(0, borders[i]));
      if (left == ids.end()) continue;
      const auto right = ids.find(text.substr(borders[i]));
      if (right == ids.end()) continue;
      merges.push_back({piece.score, i + 1, borders.size() - i, left->second, right->second});
    }
    std::sort(merges.begin() + static_cast<std::ptrdiff_t>(first), merges.end(),
              [](const Merge& a, const Merge& b) {
                return std::tie(a.left, a.right) < std::tie(b.left, b.right);
              });
  }
  std::stable_sort(merges.begin(), merges.end(), [](const Merge& a, const Merge& b) {
    return std::tie(a.score, a.left_characters, a.right_characters) >
           std::tie(b.score, b.left_characters, b.right_characters);
  });
  std::vector<std::pair<std::int32_t, std::int32_t>> pairs;
  pairs.reserve(merges.size());
  for (const Merge& merge : merges) pairs.emplace_back(merge.left, merge.right);
  return pairs;
}

template <class Replace>
Replace replacement(std::string from, bool regex, std::string to) {
  Replace step;
  step.pattern.text = std::move(from);
  step.pattern.regex = regex;
  step.content = std::move(to);
  return step;
}

void set_bpe(const SentencePieceModel& model, TokenizerSpec& spec) {
  BpeSpec bpe;
  bpe.merges = merges_of(model.pieces);
  bpe.unknown = spec.unk;
  bpe.fuse_unknown = true;
  bpe.byte_fallback = model.byte_fallback;
  spec.model = std::move(bpe);
  if (!model.charsmap.empty())
    spec.normalizers.emplace_back(normalize::Precompiled{model.charsmap});
  if (model.remove_extra_whitespaces) {
    spec.normalizers.emplace_back(normalize::Strip{true, true});
    spec.normalizers.emplace_back(replacement<normalize::Replace>(" {2,}", true, " "));
  }
  if (model.add_dummy_prefix) spec.normalizers.emplace_back(normalize::Prepend{mark});
  spec.normalizers.emplace_back(replacement<normalize::Replace>(" ", false, mark));
  spec.decoders.emplace_back(replacement<decode::Replace>(mark, false, " "));
  spec.decoders.emplace_back(decode::ByteFallback{});
  spec.decoders.emplace_back(decode::Fuse{});
  if (model.add_dummy_prefix) spec.decoders.emplace_back(decode::Strip{" ", 1, 0});
}

void set_unigram(const SentencePieceModel& model, TokenizerSpec& spec) {
  using pre_tokenize::Prepend;
  UnigramSpec unigram;
  for (const Piece& piece : model.pieces) {
    const bool is_special = piece.type == Type::Control || piece.type == Type::Unknown;
    unigram.scores.push_back(is_special ? 0.0 : static_cast<double>(piece.score));
  }
  unigram.unknown = spec.unk;
  unigram.byte_fallback = model.byte_fallback;
  spec.model = std::move(unigram);
  if (!model.charsmap.empty())
    spec.normalizers.emplace_back(normalize::Precompiled{model.charsmap});
  if (model.remove_extra_whitespaces)
    spec.pre_tokenizers.emplace_back(pre_tokenize::WhitespaceSplit{});
  spec.pre_tokenizers.emplace_back(pre_tokenize::Metaspace{
      mark, model.add_dummy_prefix ? Prepend::Always : Prepend::Never, true});
  if (model.byte_fallback) spec.decoders.emplace_back(decode::ByteFallback{});
  spec.decoders.emplace_back(decode::Metaspace{mark, model.add_dummy_prefix});
}

// Scores are sorted and added up, and written as JSON, which has finite numbers alone.
void check_pieces(const SentencePieceModel& model) {
  constexpr std::string_view remedy = "The file is damaged; get it again from its source.";
  std::unordered_map<std::string_view, std::size_t> ids;
  for (std::size_t i = 0; i < model.pieces.size(); ++i) {
    const auto [other, fresh] = ids.emplace(model.pieces[i].text, i);
    if (!fresh)
      throw UsageError("pieces " + std::to_string(other->second) + " and " + std::to_string(i) +
                           " are both \"" + model.pieces[i].text + "\"",
                       model.where, remedy);
    if (!std::isfinite(model.pieces[i].score))
      throw UsageError("the score of piece " + std::to_string(i) + ", \"" + model.pieces[i].text +
                           "\", is no finite number",
                       model.where, remedy);
  }
}

}  // namespace

TokenizerSpec sentence_piece_spec(SentencePieceModel model) {
  check_pieces(model);
  TokenizerSpec spec;
  spec.where = model.where;
  const auto id = [&](std::int32_t of) {
    const bool there = of >= 0 && static_cast<std::size_t>(of) < model.pieces.size();
    return there ? std::optional(of) : std::nullopt;
  };
  spec.unk = id(model.unk_id);
  spec.bos = id(model.bos_id);
  spec.eos = id(model.eos_id);
  spec.pad = id(model.pad_id);
  for (std::size_t i = 0; i < model.pieces.size(); ++i) {
    const Piece& piece = model.pieces[i];
    spec.tokens.push_back(piece.text);
    const bool special = piece.type == Type::Control || piece.type == Type::Unknown;
    if (!special && piece.type != Type::UserDefined) continue;
    AddedToken token;
    token.id = static_cast<std::int32_t>(i);
    token.special = special;
    token.in_vocabulary = true;
    spec.added.push_back(token);
  }
  if (model.kind == SentencePieceModel::Kind::Bpe)
    set_bpe(model, spec);
  else
    set_unigram(model, spec);
  return spec;
}

}  // namespace trainbus
