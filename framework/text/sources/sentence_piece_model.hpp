// A SentencePiece vocabulary as its files have it: tokenizer.model, or GGUF metadata.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"

namespace trainbus {

// google/sentencepiece, sentencepiece_model.proto.
struct SentencePieceModel {
  enum class Type { Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6 };
  struct Piece {
    std::string text;
    float score = 0;
    Type type = Type::Normal;
  };
  enum class Kind { Unigram = 1, Bpe = 2 } kind = Kind::Unigram;

  std::string where;                                             // the file
  std::vector<Piece> pieces;                                     // by id
  std::int32_t unk_id = 0, bos_id = 1, eos_id = 2, pad_id = -1;  // -1: none
  bool byte_fallback = false;
  std::string charsmap;  // empty: texts are not normalised
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
};

// Throws UsageError if the bytes are no such model, or one of words or characters.
TRAINBUS_EXPORT SentencePieceModel parse_sentence_piece_model(std::string_view bytes,
                                                              const std::string& where);

}  // namespace trainbus
