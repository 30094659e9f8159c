// The definition of a tokenizer as plain data: the result of loading and the input of saving.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "text/models/model_spec.hpp"
#include "text/steps/step_spec.hpp"

namespace trainbus {

// A token that is matched in the text before it is split into words.
struct AddedToken {
  std::int32_t id = 0;
  bool special = false;        // control token; see Specials
  bool normalized = false;     // matched in the normalised text, in its own normalised form
  bool strip_left = false;     // includes the white space before it
  bool strip_right = false;    // includes the white space after it
  bool single_word = false;    // not matched inside or beside a word
  bool in_vocabulary = false;  // also listed among the model's tokens
};

struct TokenizerSpec {
  std::string where;  // the file that it came from, for messages

  // The tokens by id, the model's and the added ones. Of a byte-level vocabulary they are in the
  // byte alphabet (text/steps/byte_level.hpp).
  std::vector<std::string> tokens;
  std::vector<std::int32_t> unused_ids;  // ids below tokens.size() that no token has, ascending
  std::vector<AddedToken> added;

  // From a text to its ids, in this order, and back. No decoder: tokens are joined with blanks.
  std::vector<NormalizerStep> normalizers;
  std::vector<PreTokenizerStep> pre_tokenizers;
  ModelSpec model;
  std::vector<DecoderStep> decoders;

  // The special tokens that the model's template puts around a text; encode does not add them,
  // encode_whole does.
  std::vector<std::int32_t> prefix, suffix;
  // The same for two texts; empty: there is no such template. Needless if prefix and suffix are
  // empty.
  std::vector<PairPiece> pair;
  // Offsets leave out the white space at a token's ends. SpacesButFirst: but not a single blank of
  // the first token, which the tokenizer puts in front itself.
  enum class Trim { None, Spaces, SpacesButFirst } trim = Trim::None;

  std::optional<std::int32_t> bos, eos, pad, unk, cls, sep, mask;
  std::string chat_template;  // Jinja, empty: none
  // The text of the tokenizer_config.json that it was loaded with; entries that trainbus does not
  // read are kept when the tokenizer is saved. Empty: none.
  std::string settings;
  // The tokenizer.json that it was loaded from, without vocabulary and merges; it is written again
  // with these two put in, so that nothing is lost. Clear it after changing any other part. Empty:
  // the document is made from the fields above.
  std::string document;

  const std::string& token(std::int32_t id) const { return tokens[static_cast<std::size_t>(id)]; }
};

}  // namespace trainbus
