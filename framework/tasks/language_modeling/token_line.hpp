// Documents as tokens, back to back in one line, and the blocks that the line is cut into.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/export.hpp"
#include "core/io/spilled_vector.hpp"
#include "tasks/data/text_list.hpp"
#include "tasks/prompt_classification/label_words.hpp"

namespace trainbus::tasks {

// Tokens [begin, end) of a line.
struct Piece {
  std::uint64_t begin = 0, end = 0;
  std::uint64_t size() const { return end - begin; }
  bool operator==(const Piece&) const = default;
};

struct TRAINBUS_EXPORT TokenLine {
  SpilledVector<std::int32_t> ids;
  SpilledVector<std::uint64_t> ends;  // of each document: the index behind its last token

  // Appends a document with at least one token.
  void append(std::span<const std::int32_t> document);
  std::size_t documents() const { return ends.size(); }
  Piece document(std::size_t index) const { return {index ? ends[index - 1] : 0, ends[index]}; }

  // Whole blocks of `size` tokens; what is left over at the end is in none.
  std::uint64_t blocks(std::uint64_t size) const { return ids.size() / size; }
  // The parts of documents in tokens [begin, end), in order.
  std::vector<Piece> pieces(Piece range) const;
};

// encode: with the special tokens before a text. end: follows each document; −1: nothing does.
TRAINBUS_EXPORT TokenLine token_line(const TextList& documents, const TextEncoder& encode,
                                     std::int32_t end);

}  // namespace trainbus::tasks
