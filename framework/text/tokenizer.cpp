#include "text/tokenizer.hpp"

#include <mutex>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/utf8.hpp"
#include "text/encoder.hpp"
#include "text/models/word_cache.hpp"
#include "text/offsets.hpp"
#include "text/steps/decoders.hpp"
#include "text/token_index.hpp"

namespace trainbus {
namespace {

using Ids = std::vector<std::int32_t>;

void append(Ids& ids, const Ids& more) { ids.insert(ids.end(), more.begin(), more.end()); }

}  // namespace

struct Tokenizer::Impl {
  explicit Impl(TokenizerSpec given)
      : spec((check(given), std::move(given))),
        encoder(spec),
        decoders(spec.decoders, spec.where),
        has_token(spec.tokens.size(), true) {
    for (const std::int32_t id : spec.unused_ids) has_token[static_cast<std::size_t>(id)] = false;
  }

  std::vector<TextToken> encode(std::string_view text, Encoder::Request request) {
    constexpr std::size_t longest = std::size_t{1} << 30;
    if (text.size() > longest)
      throw UsageError("a text of " + std::to_string(text.size()) +
                           " bytes is more than can be encoded at once, which is " +
                           std::to_string(longest),
                       spec.where, "Encode it in parts.");
    // Threads do not wait for the cache: one that finds it locked merges the words without it.
    const std::unique_lock lock(cache_mutex, std::try_to_lock);
    if (lock.owns_lock()) request.cache = &cache;
    return encoder.encode(text, request);
  }

  Ids ids(std::string_view text, Specials specials) {
    const Encoder::Request request{.specials = specials == Specials::Recognize};
    return ids_of(is_utf8(text) ? encode(text, request)
                                : encode(replace_invalid_utf8(text), request));
  }

  Ids ids_of(const std::vector<TextToken>& tokens) const {
    Ids ids;
    ids.reserve(tokens.size() + spec.suffix.size());
    for (const TextToken& token : tokens) ids.push_back(token.id);
    return ids;
  }

  const TokenizerSpec spec;
  const Encoder encoder;
  const Decoders decoders;
  std::vector<bool> has_token;
  std::mutex cache_mutex;
  WordCache cache;
};

Tokenizer::Tokenizer(TokenizerSpec spec) : impl_(std::make_unique<Impl>(std::move(spec))) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

Ids Tokenizer::encode(std::string_view text, Specials specials) const {
  return impl_->ids(text, specials);
}

Ids Tokenizer::encode(std::string_view text, std::span<const TextPart> as_text) const {
  if (!is_utf8(text))
    throw UsageError("a text with parts to be read as text is not UTF-8", spec().where,
                     "Give it in UTF-8.");
  std::vector<ByteRange> parts;
  for (const TextPart& part : as_text) parts.push_back({part.begin, part.end});
  return impl_->ids_of(impl_->encode(text, {.as_text = parts}));
}

Ids Tokenizer::encode_beginning(std::string_view text, Specials specials) const {
  Ids ids = spec().prefix;
  append(ids, encode(text, specials));
  return ids;
}

Ids Tokenizer::encode_whole(std::string_view text, Specials specials) const {
  Ids ids = encode_beginning(text, specials);
  append(ids, spec().suffix);
  return ids;
}

EncodedText Tokenizer::encode_with_offsets(std::string_view text, Specials specials) const {
  const std::string valid = replace_invalid_utf8(text);
  const std::vector<TextToken> tokens =
      impl_->encode(valid, {.specials = specials == Specials::Recognize, .offsets = true});
  EncodedText encoded{{}, code_point_offsets(valid, tokens)};
  trim_offsets(spec(), valid, tokens, encoded.offsets);
  for (const TextToken& token : tokens) encoded.ids.push_back(token.id);
  return encoded;
}

EncodedPair Tokenizer::encode_pair(std::string_view first, std::string_view second,
                                   Specials specials) const {
  using Kind = PairPiece::Kind;
  if (spec().pair.empty() && !(spec().prefix.empty() && spec().suffix.empty()))
    throw UsageError("the tokenizer has no template for two texts", spec().where,
                     "Encode one text, or use a tokenizer with such a template.");
  static const std::vector<PairPiece> plain = {{Kind::First, 0, 0}, {Kind::Second, 0, 1}};
  EncodedPair encoded;
  for (const PairPiece& piece : spec().pair.empty() ? plain : spec().pair) {
    if (piece.kind == Kind::Token)
      encoded.ids.push_back(piece.id);
    else
      append(encoded.ids, encode(piece.kind == Kind::First ? first : second, specials));
    encoded.type_ids.resize(encoded.ids.size(), piece.type_id);
  }
  return encoded;
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids) const {
  std::vector<std::string> tokens;
  tokens.reserve(ids.size());
  for (const std::int32_t id : ids) {
    if (id < 0 || id >= vocab_size() || !impl_->has_token[static_cast<std::size_t>(id)])
      throw UsageError("the id " + std::to_string(id) + " is no token's, expected 0 to " +
                           std::to_string(vocab_size() - 1),
                       spec().where, "Decode ids of this tokenizer only.");
    tokens.push_back(spec().token(id));
  }
  return replace_invalid_utf8(impl_->decoders.decode(std::move(tokens)));
}

std::int32_t Tokenizer::vocab_size() const {
  return static_cast<std::int32_t>(impl_->spec.tokens.size());
}

const TokenizerSpec& Tokenizer::spec() const { return impl_->spec; }

}  // namespace trainbus
