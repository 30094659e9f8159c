#include "text/encoder.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

// The added tokens that are matched in the normalised text, or those matched before normalisation.
AddedTokens added_tokens(const TokenizerSpec& spec, bool normalized,
                         const Normalizers& normalizers) {
  std::vector<AddedTokens::Token> tokens;
  for (const AddedToken& token : spec.added) {
    if (token.normalized != normalized) continue;
    AlignedText text(spec.token(token.id), 0, false);
    if (normalized) normalizers.apply(text);
    tokens.push_back({std::string(text.text()), token.id, token.special, token.strip_left,
                      token.strip_right, token.single_word});
  }
  return AddedTokens(std::move(tokens));
}

// Cuts words before each U+2581 behind another character.
std::vector<ByteRange> cut_before_marks(const Words& words) {
  std::vector<ByteRange> finer;
  const std::string_view text = words.text.text();
  for (const ByteRange range : words.ranges) {
    std::size_t begin = range.begin;
    bool behind_mark = true;
    for (std::size_t at = begin; at < range.end;) {
      if (text[at] == blank_mark[0] && text.substr(at).starts_with(blank_mark)) {
        if (!behind_mark) finer.push_back({std::exchange(begin, at), at});
        behind_mark = true;
        at += blank_mark.size();
      } else {
        behind_mark = false;
        ++at;
      }
    }
    finer.push_back({begin, range.end});
  }
  return finer;
}

AddedTokens::IsText text_test(const Encoder::Request& request) {
  if (!request.specials) return [](ByteRange) { return true; };
  if (request.as_text.empty()) return {};
  return [parts = request.as_text](ByteRange found) {
    const auto part = std::ranges::upper_bound(parts, found.begin, {}, &ByteRange::end);
    return part != parts.end() && part->begin < found.end;
  };
}

}  // namespace

Encoder::Encoder(const TokenizerSpec& spec)
    : spec_(spec),
      normalizers_(spec.normalizers, spec.where),
      pre_tokenizers_(spec.pre_tokenizers, spec.where, takes_bytes(spec)),
      model_(make_model(spec)),
      in_raw_(added_tokens(spec, false, normalizers_)),
      in_normalized_(added_tokens(spec, true, normalizers_)),
      always_aligned_(pre_tokenizers_.needs_origins() &&
                      (!spec.normalizers.empty() || spec.pre_tokenizers.size() > 1)) {}

std::vector<TextToken> Encoder::encode(std::string_view text, const Request& request) const {
  std::vector<TextToken> tokens;
  tokens.reserve(text.size() / 4);
  const bool looks_back = !request.as_text.empty() && !in_normalized_.empty();
  const bool aligned = request.offsets || always_aligned_ || looks_back;
  const AddedTokens::IsText is_text = text_test(request);
  for (const AddedTokens::Stretch& stretch : in_raw_.split(text, is_text)) {
    const auto [begin, end] = stretch.range;
    if (stretch.id)
      tokens.push_back(
          {*stretch.id, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    else
      encode_stretch(AlignedText(text.substr(begin, end - begin), begin, aligned), request, is_text,
                     tokens);
  }
  return tokens;
}

void Encoder::encode_stretch(AlignedText stretch, const Request& request,
                             const AddedTokens::IsText& is_text,
                             std::vector<TextToken>& tokens) const {
  normalizers_.apply(stretch);
  if (in_normalized_.empty()) return encode_words(Words(std::move(stretch)), request, tokens);
  const auto is_text_here = [&](ByteRange found) {
    if (!stretch.aligned()) return is_text(found);
    const AlignedText::Origin origin = stretch.origin(found);
    return is_text({origin.begin, origin.end});
  };
  const AddedTokens::IsText test = is_text ? is_text_here : AddedTokens::IsText();
  for (const AddedTokens::Stretch& piece : in_normalized_.split(stretch.text(), test)) {
    if (!piece.id) {
      encode_words(Words(stretch.slice(piece.range)), request, tokens);
    } else {
      const AlignedText::Origin origin =
          stretch.aligned() ? stretch.origin(piece.range) : AlignedText::Origin{0, 0};
      tokens.push_back({*piece.id, origin.begin, origin.end});
    }
  }
}

void Encoder::encode_words(Words words, const Request& request,
                           std::vector<TextToken>& tokens) const {
  pre_tokenizers_.apply(words);
  if (words.text.text().size() > INT32_MAX)
    throw UsageError("a text of " + std::to_string(words.text.text().size()) +
                         " bytes, normalised, is more than can be encoded at once",
                     spec_.where, "Encode it in parts.");
  if (model_->cuts_before_marks()) words.ranges = cut_before_marks(words);
  std::vector<WordToken> fresh;
  for (const ByteRange range : words.ranges) {
    const std::string_view word = words.word(range);
    WordCache::Found found =
        request.cache ? request.cache->find(word) : WordCache::Found{{}, false};
    if (!found.is_known) {
      fresh.clear();
      model_->encode(word, fresh);
      if (request.cache != nullptr) request.cache->remember(word, fresh);
      found.tokens = fresh;
    }
    for (const WordToken& token : found.tokens) {
      if (!request.offsets) {
        tokens.push_back({token.id, 0, 0});
        continue;
      }
      const AlignedText::Origin origin =
          words.text.origin({range.begin + token.begin, range.begin + token.end});
      tokens.push_back({token.id, origin.begin, origin.end});
    }
  }
}

}  // namespace trainbus
