#include "text/pipeline.hpp"

#include "text/bert_text.hpp"
#include "text/bpe.hpp"
#include "text/normalizer.hpp"
#include "text/pre_tokenizer.hpp"
#include "text/word_piece.hpp"

namespace trainbus {
namespace {

class ByteLevelBpe final : public Pipeline {
 public:
  explicit ByteLevelBpe(const TokenizerSpec& spec)
      : nfc_(spec.nfc), pre_tokenizer_(spec.split_patterns, spec.where), bpe_(spec) {}

  std::string normalize(std::string_view text) const override {
    return nfc_ ? to_nfc(text) : std::string(text);
  }
  std::vector<std::string_view> words(std::string_view text) const override {
    return pre_tokenizer_.split(text);
  }
  void encode(std::string_view word, std::vector<std::int32_t>& ids) const override {
    bpe_.encode(word, ids);
  }
  std::string decode(std::span<const std::int32_t> ids) const override {
    std::string bytes;
    for (const std::int32_t id : ids) bytes += bpe_.bytes(id);
    return bytes;
  }

 private:
  const bool nfc_;
  const PreTokenizer pre_tokenizer_;
  const Bpe bpe_;
};

class BertWordPiece final : public Pipeline {
 public:
  explicit BertWordPiece(const TokenizerSpec& spec) : rules_(*spec.word_piece), pieces_(spec) {}

  std::string normalize(std::string_view text) const override {
    return bert_normalize(text, rules_);
  }
  std::vector<std::string_view> words(std::string_view text) const override {
    return bert_words(text);
  }
  void encode(std::string_view word, std::vector<std::int32_t>& ids) const override {
    pieces_.encode(word, ids);
  }
  std::string decode(std::span<const std::int32_t> ids) const override {
    return pieces_.decode(ids);
  }

 private:
  const WordPieceSpec& rules_;
  const WordPiece pieces_;
};

}  // namespace

std::unique_ptr<Pipeline> make_pipeline(const TokenizerSpec& spec) {
  if (spec.word_piece) return std::make_unique<BertWordPiece>(spec);
  return std::make_unique<ByteLevelBpe>(spec);
}

}  // namespace trainbus
