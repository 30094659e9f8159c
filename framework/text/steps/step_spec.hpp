// The steps of a tokenizer around its model, as plain data. Names and meanings are those of Hugging
// Face's tokenizer.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace trainbus {

// U+2581, which stands for a blank in tokens of SentencePiece.
inline constexpr std::string_view blank_mark = "\xE2\x96\x81";

// A text, or a regular expression as the Oniguruma engine reads it.
struct Pattern {
  std::string text;
  bool regex = false;
};

// Each changes a text.
namespace normalize {
struct Unicode {
  enum class Form { Nfc, Nfd, Nfkc, Nfkd } form = Form::Nfc;
};
struct Lowercase {};
struct StripAccents {};  // drops combining marks
struct Strip {           // drops white space at the ends
  bool left = true, right = true;
};
struct Prepend {
  std::string text;
};
struct Replace {
  Pattern pattern;
  std::string content;
};
struct Precompiled {
  std::string charsmap;  // SentencePiece's replacement rules, see text/steps/charsmap.hpp
};
struct Nmt {};        // drops control characters, turns white space into blanks
struct ByteLevel {};  // into the byte alphabet
struct Bert {
  bool clean_text = true;     // drop control characters, white space becomes blanks
  bool split_chinese = true;  // a Chinese character is a word
  bool strip_accents = true;
  bool lower_case = true;
};
}  // namespace normalize
using NormalizerStep =
    std::variant<normalize::Unicode, normalize::Lowercase, normalize::StripAccents,
                 normalize::Strip, normalize::Prepend, normalize::Replace, normalize::Precompiled,
                 normalize::Nmt, normalize::ByteLevel, normalize::Bert>;

// Each cuts the words so far into smaller ones; tokens never cross their borders.
namespace pre_tokenize {
enum class Behavior { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };
struct Split {
  Pattern pattern;
  Behavior behavior = Behavior::Isolated;
  bool invert = false;  // the pattern matches words, not what is between them
};
struct Digits {
  bool individual = false;
};
struct Punctuation {
  Behavior behavior = Behavior::Isolated;
};
struct ByteLevel {
  bool add_prefix_space = false;
  bool use_regex = true;  // GPT-2's pattern
};
enum class Prepend { Always, First, Never };
struct Metaspace {
  std::string replacement = std::string(blank_mark);
  Prepend prepend = Prepend::Always;  // First: only at the very beginning of the text
  bool split = true;
};
struct Whitespace {};  // words, and runs of other characters
struct WhitespaceSplit {};
struct Bert {};
struct Delimiter {
  std::string character;
};
}  // namespace pre_tokenize
using PreTokenizerStep =
    std::variant<pre_tokenize::Split, pre_tokenize::Digits, pre_tokenize::Punctuation,
                 pre_tokenize::ByteLevel, pre_tokenize::Metaspace, pre_tokenize::Whitespace,
                 pre_tokenize::WhitespaceSplit, pre_tokenize::Bert, pre_tokenize::Delimiter>;

// Each changes a list of tokens, which are joined at the end.
namespace decode {
struct ByteLevel {};
struct WordPiece {
  std::string prefix = "##";
  bool cleanup = true;  // no blank before English punctuation
};
struct Metaspace {
  std::string replacement = std::string(blank_mark);
  bool drop_first = true;  // the marks of the first token
};
struct ByteFallback {};  // "<0xE4>" into bytes
struct Fuse {};          // all tokens into one
struct Strip {           // at most so many of this character at each token's ends
  std::string content;
  std::int64_t start = 0, stop = 0;
};
struct Replace {
  Pattern pattern;
  std::string content;
};
struct Bpe {
  std::string suffix = "</w>";
};
}  // namespace decode
using DecoderStep =
    std::variant<decode::ByteLevel, decode::WordPiece, decode::Metaspace, decode::ByteFallback,
                 decode::Fuse, decode::Strip, decode::Replace, decode::Bpe>;

// A part of the template for two texts: one of them, or a special token.
struct PairPiece {
  enum class Kind { First, Second, Token } kind = Kind::Token;
  std::int32_t id = 0;       // of a token
  std::int32_t type_id = 0;  // the segment
};

}  // namespace trainbus
