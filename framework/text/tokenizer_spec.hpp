// All that defines a tokenizer, byte-level BPE or WordPiece, as plain data: what loaders make and
// writers write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace trainbus {

// A token that is found in the text as it stands, before any splitting.
struct AddedToken {
  std::int32_t id = 0;
  bool special = false;        // control token: not text unless asked for
  bool normalized = false;     // looked for in the normalised text
  bool strip_left = false;     // takes the white space before it
  bool strip_right = false;    // takes the white space after it
  bool in_vocabulary = false;  // also listed among the model's tokens
};

// What a WordPiece vocabulary has beside its tokens, and how BERT prepares text for it.
struct WordPieceSpec {
  std::int32_t unknown = 0;         // stands for a word that no tokens make up
  std::string prefix = "##";        // of tokens that go on with a word
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
  bool ignore_merges = false;  // a word that is a token is that token, whatever the merges say
  // Stands for a byte that is no token. None: such bytes vanish, as they do in llama.cpp and
  // Hugging Face's tokenizers (SmolLM2 lacks 21 bytes: some control characters, and what text never
  // has).
  std::optional<std::int32_t> unknown_byte;
  // Of both:
  std::vector<AddedToken> added;
  // What the model's template puts around a text; encode does not add them, encode_whole does.
  std::vector<std::int32_t> prefix, suffix;
  std::optional<std::int32_t> bos, eos, pad, unk, cls, sep, mask;
  std::string chat_template;  // Jinja, empty: none
  // The text of the tokenizer_config.json that came with it, whose other entries are kept when the
  // tokenizer is saved; empty: none.
  std::string settings;

  const std::string& token(std::int32_t id) const { return tokens[static_cast<std::size_t>(id)]; }
};

}  // namespace trainbus
