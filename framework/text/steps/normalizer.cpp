#include "text/steps/normalizer.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

#include "core/io/error.hpp"
#include "text/steps/characters.hpp"

namespace trainbus {
namespace {

using Form = normalize::Unicode::Form;

std::string normalized(std::string_view text, int form) {
  utf8proc_uint8_t* composed = nullptr;
  const utf8proc_ssize_t length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &composed,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | form));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(composed, &std::free);
  if (length < 0)
    throw RunError(std::string("cannot be normalised: ") + utf8proc_errmsg(length), "a text",
                   "Free memory or shorten the text.");
  return {reinterpret_cast<const char*>(composed), static_cast<std::size_t>(length)};
}

bool is_composed(Form form) { return form == Form::Nfc || form == Form::Nfkc; }
bool is_compatible(Form form) { return form == Form::Nfkc || form == Form::Nfkd; }

// Whether all characters stay as they are whatever stands beside them. False is always safe.
bool is_unchanged(std::string_view text, Form form) {
  constexpr std::uint16_t none = UINT16_MAX;
  // Below these no character is changed or composed with the one before it.
  const char32_t plain = form == Form::Nfc ? 0x300 : is_compatible(form) ? 0xA0 : 0xC0;
  for (std::size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      ++i;
      continue;
    }
    const Utf8Part part = utf8_front(text.substr(i));
    i += part.bytes;
    if (part.code < plain) continue;
    if (is_compatible(form) || (part.code >= 0x1100 && part.code <= 0x11FF)) return false;
    if (!is_composed(form) && part.code >= 0xAC00 && part.code <= 0xD7A3) return false;
    const utf8proc_property_t* is = utf8proc_get_property(static_cast<utf8proc_int32_t>(part.code));
    if (is->combining_class != 0 || is->decomp_seqindex != none || is->comb_index != none)
      return false;
  }
  return true;
}

struct Character {
  char32_t code;
  int combining_class;
  std::int64_t change;  // see TextEditor::put
};

int combining_class(char32_t c) {
  return utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class;
}

// Decomposed, with marks in canonical order.
std::vector<Character> decomposed(std::string_view text, bool compatible) {
  std::vector<Character> out;
  std::size_t sorted = 0;
  const auto sort = [&] {
    std::stable_sort(out.begin() + static_cast<std::ptrdiff_t>(sorted), out.end(),
                     [](const Character& a, const Character& b) {
                       return a.combining_class < b.combining_class;
                     });
    sorted = out.size();
  };
  std::array<utf8proc_int32_t, 32> parts{};  // U+FDFA has 18, the most
  each_character(text, [&](char32_t c, std::size_t, std::size_t) {
    int boundary = 0;
    const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE |
                                                        (compatible ? UTF8PROC_COMPAT : 0));
    const utf8proc_ssize_t count =
        utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts.data(),
                                static_cast<utf8proc_ssize_t>(parts.size()), options, &boundary);
    if (count < 1 || count > static_cast<utf8proc_ssize_t>(parts.size())) {
      parts[0] = static_cast<utf8proc_int32_t>(c);
      out.push_back({c, combining_class(c), 0});
      return;
    }
    for (utf8proc_ssize_t i = 0; i < count; ++i) {
      const auto part = static_cast<char32_t>(parts[static_cast<std::size_t>(i)]);
      const int is = combining_class(part);
      if (is == 0) sort();
      out.push_back({part, is, i == 0 ? 0 : 1});
    }
  });
  sort();
  return out;
}

std::optional<char32_t> composition(char32_t first, char32_t second) {
  std::array<utf8proc_int32_t, 2> pair = {static_cast<utf8proc_int32_t>(first),
                                          static_cast<utf8proc_int32_t>(second)};
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  if (utf8proc_normalize_utf32(pair.data(), 2, options) != 1) return std::nullopt;
  return static_cast<char32_t>(pair[0]);
}

// The canonical composition algorithm (Unicode 15, D117).
std::vector<Character> composed(const std::vector<Character>& parts) {
  std::vector<Character> out;
  std::size_t starter = SIZE_MAX;
  int last_class = 0;  // of the characters kept since the starter; 0: none
  for (const Character& c : parts) {
    if (starter != SIZE_MAX && (last_class == 0 || last_class < c.combining_class)) {
      if (const auto whole = composition(out[starter].code, c.code)) {
        out[starter].code = *whole;
        out[starter].change += c.change - 1;
        continue;
      }
    }
    if (c.combining_class == 0) {
      starter = out.size();
      last_class = 0;
    } else {
      last_class = c.combining_class;
    }
    out.push_back(c);
  }
  return out;
}

}  // namespace

std::string to_nfc(std::string_view text) { return normalized(text, UTF8PROC_COMPOSE); }
std::string to_nfd(std::string_view text) { return normalized(text, UTF8PROC_DECOMPOSE); }

void to_form(AlignedText& text, Form form) {
  if (is_unchanged(text.text(), form)) return;
  TextEditor editor(text);
  if (text.aligned()) {
    std::vector<Character> characters = decomposed(text.text(), is_compatible(form));
    if (is_composed(form)) characters = composed(characters);
    for (const Character& c : characters) editor.put(c.code, c.change);
  } else {
    editor.insert(
        normalized(text.text(), (is_composed(form) ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE) |
                                    (is_compatible(form) ? UTF8PROC_COMPAT : 0)));
  }
  editor.finish();
}

}  // namespace trainbus
