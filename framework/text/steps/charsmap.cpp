#include "text/steps/charsmap.hpp"

#include <utf8proc.h>

#include <algorithm>

#include "core/io/error.hpp"
#include "text/steps/characters.hpp"

namespace trainbus {
namespace {

std::uint32_t u32_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// The parts of a unit.
bool has_leaf(std::uint32_t unit) { return (unit >> 8 & 1) != 0; }
std::uint32_t label(std::uint32_t unit) { return unit & (0x80000000u | 0xFF); }
std::size_t offset(std::uint32_t unit) { return std::size_t{unit >> 10} << ((unit & 0x200u) >> 6); }

std::size_t character_count(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) count += is_utf8_boundary(text, i);
  return count;
}

// Character by character; what is left over of either goes with the last one.
void put_replacement(TextEditor& editor, std::string_view old, std::string_view replacement,
                     std::size_t old_end) {
  const auto before = static_cast<std::int64_t>(character_count(old));
  const auto now = static_cast<std::int64_t>(character_count(replacement));
  if (now == 0) return editor.drop_until(old_end);
  std::int64_t i = 0;
  each_character(replacement, [&](char32_t c, std::size_t, std::size_t) {
    ++i;
    editor.put(c, i > before ? 1 : i == now ? std::min<std::int64_t>(now - before, 0) : 0);
  });
}

// Calls visit with each extended grapheme cluster.
template <class Visit>
void each_grapheme(std::string_view text, Visit visit) {
  std::size_t begin = 0;
  utf8proc_int32_t state = 0, last = -1;
  each_character(text, [&](char32_t c, std::size_t at, std::size_t) {
    const auto code = static_cast<utf8proc_int32_t>(c);
    if (last >= 0 && utf8proc_grapheme_break_stateful(last, code, &state)) {
      visit(text.substr(begin, at - begin));
      begin = at;
    }
    last = code;
  });
  if (begin < text.size()) visit(text.substr(begin));
}

}  // namespace

Charsmap::Charsmap(std::string_view bytes, const std::string& where) {
  const auto refuse = [&](const std::string& what) {
    throw UsageError("its precompiled_charsmap " + what, where,
                     "The file is damaged; get it again from its source.");
  };
  if (bytes.size() < 4)
    refuse("has " + std::to_string(bytes.size()) + " bytes, expected 4 or more");
  const std::size_t trie_bytes = u32_at(bytes, 0), follow = bytes.size() - 4;
  if (trie_bytes > follow || trie_bytes < 4)
    refuse("announces " + std::to_string(trie_bytes) + " bytes of rules, but " +
           std::to_string(follow) + " follow");
  units_.resize(trie_bytes / 4);
  for (std::size_t i = 0; i < units_.size(); ++i) units_[i] = u32_at(bytes, 4 + 4 * i);
  replacements_ = bytes.substr(4 + units_.size() * 4);
  if (!is_utf8(replacements_)) refuse("has replacements that are not UTF-8");
}

std::optional<std::string_view> Charsmap::replacement(std::string_view text) const {
  std::size_t node = offset(units_[0]);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    node ^= byte;
    if (byte == 0 || node >= units_.size() || label(units_[node]) != byte) return std::nullopt;
    const std::uint32_t unit = units_[node];
    node ^= offset(unit);
    if (!has_leaf(unit)) continue;
    const std::size_t at = node < units_.size() ? units_[node] & 0x7FFFFFFF : SIZE_MAX;
    if (at >= replacements_.size() || !is_utf8_boundary(replacements_, at)) return std::nullopt;
    return std::string_view(replacements_).substr(at, replacements_.find('\0', at) - at);
  }
  return std::nullopt;
}

void Charsmap::apply(AlignedText& text) const {
  const std::string_view old = text.text();
  TextEditor editor(text);
  each_grapheme(old, [&](std::string_view grapheme) {
    const auto at = static_cast<std::size_t>(grapheme.data() - old.data());
    if (grapheme.size() < 6) {
      if (const auto whole = replacement(grapheme))
        return put_replacement(editor, grapheme, *whole, at + grapheme.size());
    }
    each_character(grapheme, [&](char32_t c, std::size_t begin, std::size_t end) {
      const std::string_view character = grapheme.substr(begin, end - begin);
      if (const auto other = replacement(character))
        put_replacement(editor, character, *other, at + end);
      else
        editor.put(c, 0);
    });
  });
  editor.finish();
}

}  // namespace trainbus
