#include "text/tokenizer.hpp"

#include <mutex>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/utf8.hpp"
#include "text/added_tokens.hpp"
#include "text/pipeline.hpp"
#include "text/token_index.hpp"
#include "text/word_cache.hpp"

namespace trainbus {

namespace {

// The added tokens that are matched in the normalised text, or those matched before normalisation.
AddedTokens added_tokens(const TokenizerSpec& spec, bool normalized) {
  std::vector<AddedTokens::Token> tokens;
  for (const AddedToken& token : spec.added)
    if (token.normalized == normalized)
      tokens.push_back(
          {spec.token(token.id), token.id, token.special, token.strip_left, token.strip_right});
  return AddedTokens(std::move(tokens));
}

}  // namespace

struct Tokenizer::Impl {
  explicit Impl(TokenizerSpec given)
      : spec((check(given), std::move(given))),
        pipeline(make_pipeline(spec)),
        in_raw(added_tokens(spec, false)),
        in_normalized(added_tokens(spec, true)) {}

  using Ids = std::vector<std::int32_t>;

  // cache: null if another thread holds it.
  void encode_text(std::string_view text, WordCache* words, Ids& ids) const {
    for (const std::string_view word : pipeline->words(text)) {
      if (words == nullptr) {
        pipeline->encode(word, ids);
      } else if (const Ids* known = words->find(word)) {
        ids.insert(ids.end(), known->begin(), known->end());
      } else {
        const std::size_t before = ids.size();
        pipeline->encode(word, ids);
        words->remember(word, std::span(ids).subspan(before));
      }
    }
  }

  void encode(std::string_view text, bool specials, WordCache* words, Ids& ids) const {
    for (const AddedTokens::Stretch& raw : in_raw.split(text, specials)) {
      if (raw.id) {
        ids.push_back(*raw.id);
        continue;
      }
      const std::string normalized = pipeline->normalize(raw.text);
      for (const AddedTokens::Stretch& stretch : in_normalized.split(normalized, specials)) {
        if (stretch.id)
          ids.push_back(*stretch.id);
        else
          encode_text(stretch.text, words, ids);
      }
    }
  }

  const TokenizerSpec spec;
  const std::unique_ptr<const Pipeline> pipeline;
  const AddedTokens in_raw, in_normalized;
  std::mutex cache_mutex;
  WordCache cache;
};

Tokenizer::Tokenizer(TokenizerSpec spec) : impl_(std::make_unique<Impl>(std::move(spec))) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

std::vector<std::int32_t> Tokenizer::encode(std::string_view text, Specials specials) const {
  const std::string valid = replace_invalid_utf8(text);
  // Threads do not wait for the cache: one that finds it locked merges the word without it.
  const std::unique_lock lock(impl_->cache_mutex, std::try_to_lock);
  std::vector<std::int32_t> ids;
  impl_->encode(valid, specials == Specials::Recognize, lock.owns_lock() ? &impl_->cache : nullptr,
                ids);
  return ids;
}

std::vector<std::int32_t> Tokenizer::encode_beginning(std::string_view text,
                                                      Specials specials) const {
  std::vector<std::int32_t> ids = encode(text, specials);
  ids.insert(ids.begin(), spec().prefix.begin(), spec().prefix.end());
  return ids;
}

std::vector<std::int32_t> Tokenizer::encode_whole(std::string_view text, Specials specials) const {
  std::vector<std::int32_t> ids = encode_beginning(text, specials);
  ids.insert(ids.end(), spec().suffix.begin(), spec().suffix.end());
  return ids;
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids) const {
  for (const std::int32_t id : ids)
    if (id < 0 || id >= vocab_size())
      throw UsageError("the id " + std::to_string(id) + " is no token's, expected 0 to " +
                           std::to_string(vocab_size() - 1),
                       impl_->spec.where, "Decode ids of this tokenizer only.");
  return replace_invalid_utf8(impl_->pipeline->decode(ids));
}

std::int32_t Tokenizer::vocab_size() const {
  return static_cast<std::int32_t>(impl_->spec.tokens.size());
}

const TokenizerSpec& Tokenizer::spec() const { return impl_->spec; }

}  // namespace trainbus
