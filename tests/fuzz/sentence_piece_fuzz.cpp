// A SentencePiece model; its tokenizer then encodes the file's own text.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/io/error.hpp"
#include "fuzz/input_file.hpp"
#include "fuzz/tokenizer_round_trip.hpp"
#include "text/sources/sentence_piece.hpp"

using namespace trainbus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  try {
    fuzz::require_round_trip(
        sentence_piece_spec(parse_sentence_piece_model(text, "tokenizer.model")),
        text.substr(0, 64));
  } catch (const UsageError&) {
  }
  return 0;
}
