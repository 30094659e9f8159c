// The definition of a tokenizer, byte-level BPE or WordPiece, as plain data: the result of loading
// and the input of saving.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace trainbus {

// A token that is matched in the text before it is split into words.
struct AddedToken {
  std::int32_t id = 0;
  bool special = false;        // control token; see SpecialTokens
  bool normalized = false;     // matched in the normalised text
  bool strip_left = false;     // includes the white space before it
  bool strip_right = false;    // includes the white space after it
  bool in_vocabulary = false;  // also listed among the model's tokens
};

// The settings of a WordPiece vocabulary, and of BERT's text preparation.
struct WordPieceSpec {
  std::int32_t unknown = 0;         // for a word that cannot be built from tokens
  std::string prefix = "##";        // of tokens that continue a word
  std::int64_t longest_word = 100;  // characters; longer words are unknown
  bool clean_text = true;           // drop control characters, white space becomes blanks
  bool split_chinese = true;        // a Chinese character is a word
  bool strip_accents = true;
  bool lower_case = true;
  bool cleanup = true;  // decoding: no blank before English punctuation
};

struct TokenizerSpec {
  std::string where;                // the file that it came from, for messages
  std::vector<std::string> tokens;  // by id; BPE: those that are not added, in the byte alphabet
  std::optional<WordPieceSpec> word_piece;  // none: byte-level BPE
  // Of byte-level BPE:
  std::vector<std::pair<std::int32_t, std::int32_t>> merges;  // ids of the two parts, best first
  std::vector<std::string> split_patterns;                    // see PreTokenizer
  bool nfc = false;                                           // normalise to NFC first
  bool ignore_merges = false;  // a word in the vocabulary is one token, without merging
  // For a byte without a token. None: such bytes are dropped, as in llama.cpp and Hugging Face's
  // tokenizers (SmolLM2 lacks 21 bytes: some control characters, and bytes that UTF-8 never
  // contains).
  std::optional<std::int32_t> unknown_byte;
  // Of both:
  std::vector<AddedToken> added;
  // The special tokens that the model's template puts around a text; encode does not add them,
  // encode_whole does.
  std::vector<std::int32_t> prefix, suffix;
  std::optional<std::int32_t> bos, eos, pad, unk, cls, sep, mask;
  std::string chat_template;  // Jinja, empty: none
  // The text of the tokenizer_config.json that it was loaded with; entries that trainbus does not
  // read are kept when the tokenizer is saved. Empty: none.
  std::string settings;

  const std::string& token(std::int32_t id) const { return tokens[static_cast<std::size_t>(id)]; }
};

}  // namespace trainbus
