// How many terminal cells a text fills, and how to cut it to fit. For everything that draws on the
// terminal. UTF-8 in; a malformed byte counts one cell. Thread-safe, allocates only for the result.
#pragma once

#include <trainbus/plugin/utf8.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>

namespace trainbus {
inline namespace plugin_v1 {
namespace detail {

// Where characters of East Asian width W or F (Unicode 14, UAX #11) begin and end, alternately.
// Unassigned code points between two such ranges belong to them.
inline constexpr char32_t wide_borders[] = {
    0x1100,  0x1160,  0x231a,  0x231c,  0x2329,  0x232b,  0x23e9,  0x23ed,  0x23f0,  0x23f1,
    0x23f3,  0x23f4,  0x25fd,  0x25ff,  0x2614,  0x2616,  0x2648,  0x2654,  0x267f,  0x2680,
    0x2693,  0x2694,  0x26a1,  0x26a2,  0x26aa,  0x26ac,  0x26bd,  0x26bf,  0x26c4,  0x26c6,
    0x26ce,  0x26cf,  0x26d4,  0x26d5,  0x26ea,  0x26eb,  0x26f2,  0x26f4,  0x26f5,  0x26f6,
    0x26fa,  0x26fb,  0x26fd,  0x26fe,  0x2705,  0x2706,  0x270a,  0x270c,  0x2728,  0x2729,
    0x274c,  0x274d,  0x274e,  0x274f,  0x2753,  0x2756,  0x2757,  0x2758,  0x2795,  0x2798,
    0x27b0,  0x27b1,  0x27bf,  0x27c0,  0x2b1b,  0x2b1d,  0x2b50,  0x2b51,  0x2b55,  0x2b56,
    0x2e80,  0x303f,  0x3041,  0x3248,  0x3250,  0x4dc0,  0x4e00,  0xa4d0,  0xa960,  0xa97d,
    0xac00,  0xd7a4,  0xf900,  0xfb00,  0xfe10,  0xfe1a,  0xfe30,  0xfe6c,  0xff01,  0xff61,
    0xffe0,  0xffe7,  0x16fe0, 0x1b2fc, 0x1f004, 0x1f005, 0x1f0cf, 0x1f0d0, 0x1f18e, 0x1f18f,
    0x1f191, 0x1f19b, 0x1f200, 0x1f321, 0x1f32d, 0x1f336, 0x1f337, 0x1f37d, 0x1f37e, 0x1f394,
    0x1f3a0, 0x1f3cb, 0x1f3cf, 0x1f3d4, 0x1f3e0, 0x1f3f1, 0x1f3f4, 0x1f3f5, 0x1f3f8, 0x1f43f,
    0x1f440, 0x1f441, 0x1f442, 0x1f4fd, 0x1f4ff, 0x1f53e, 0x1f54b, 0x1f54f, 0x1f550, 0x1f568,
    0x1f57a, 0x1f57b, 0x1f595, 0x1f597, 0x1f5a4, 0x1f5a5, 0x1f5fb, 0x1f650, 0x1f680, 0x1f6c6,
    0x1f6cc, 0x1f6cd, 0x1f6d0, 0x1f6d3, 0x1f6d5, 0x1f6e0, 0x1f6eb, 0x1f6ed, 0x1f6f4, 0x1f6fd,
    0x1f7e0, 0x1f7f1, 0x1f90c, 0x1f93b, 0x1f93c, 0x1f946, 0x1f947, 0x1fa00, 0x1fa70, 0x1fb00,
    0x20000, 0x3fffe};

struct Piece {
  std::size_t bytes;  // length of the character or escape sequence
  std::size_t cells;  // 0, 1 or 2
};

// The length of a control sequence ESC [ digits ; letter at the front of text, 0 if there is none.
inline std::size_t escape_length(std::string_view text) {
  if (text.substr(0, 2) != "\x1b[") return 0;
  std::size_t end = 2;
  while (end < text.size() && (text[end] == ';' || (text[end] >= '0' && text[end] <= '9'))) ++end;
  if (end == text.size()) return 0;
  const char letter = static_cast<char>(text[end] | 0x20);
  return letter >= 'a' && letter <= 'z' ? end + 1 : 0;
}

// The first character or escape sequence of a text that is not empty.
inline Piece next_piece(std::string_view text) {
  if (const std::size_t escape = escape_length(text)) return {escape, 0};
  const Utf8Part part = utf8_front(text);
  if (!part.valid) return {1, 1};
  const auto border = std::upper_bound(std::begin(wide_borders), std::end(wide_borders), part.code);
  return {part.bytes, (border - std::begin(wide_borders)) % 2 ? 2u : 1u};
}

}  // namespace detail

// Cells that text fills: wide characters count two, colour sequences none, all others one
// (combining marks too: an overestimate never wraps a line).
inline std::size_t display_width(std::string_view text) {
  std::size_t cells = 0;
  while (!text.empty()) {
    const auto piece = detail::next_piece(text);
    cells += piece.cells;
    text.remove_prefix(piece.bytes);
  }
  return cells;
}

// The longest beginning of text that fills at most `width` cells. Colours that it may have switched
// on are switched off at its end.
inline std::string cut_to_width(std::string_view text, std::size_t width) {
  std::string_view rest = text;
  std::size_t cells = 0;
  bool colored = false;
  while (!rest.empty()) {
    const auto piece = detail::next_piece(rest);
    cells += piece.cells;
    if (cells > width) break;
    colored = colored || piece.cells == 0;
    rest.remove_prefix(piece.bytes);
  }
  std::string out(text.substr(0, text.size() - rest.size()));
  constexpr std::string_view reset = "\x1b[0m";
  if (!rest.empty() && colored && !std::string_view(out).ends_with(reset)) out += reset;
  return out;
}

}  // namespace plugin_v1
}  // namespace trainbus
