#include "text/chat/python_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "text/chat/operators.hpp"
#include "text/unicode.hpp"

namespace trainbus::chat {
namespace {

constexpr int deepest = 100;

[[noreturn]] void refuse_depth() { throw TemplateError("a value is nested too deeply"); }

// A character as an escape of so many hexadecimal digits: \x1b.
Text escape(char32_t c, char kind, int digits) {
  const char32_t mark = c & from_message;
  Text text = {U'\\' | mark, static_cast<char32_t>(kind) | mark};
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
    text += static_cast<char32_t>("0123456789abcdef"[character(c) >> shift & 15]) | mark;
  return text;
}

Text quoted_text(const Text& text) {
  const auto has = [&](char32_t wanted) {
    return std::ranges::any_of(text, [&](char32_t c) { return character(c) == wanted; });
  };
  const char32_t quote = has(U'\'') && !has(U'"') ? U'"' : U'\'';
  Text result(1, quote);
  for (const char32_t marked : text) {
    const char32_t c = character(marked), mark = marked & from_message;
    if (c == quote || c == U'\\')
      result += {U'\\' | mark, marked};
    else if (c == U'\n' || c == U'\r' || c == U'\t')
      result += {U'\\' | mark, (c == U'\n' ? U'n' : c == U'\r' ? U'r' : U't') | mark};
    else if (c < 0x20 || c == 0x7F)
      result += escape(marked, 'x', 2);
    else if (c > 0x7F && c < 0xA1)
      result += escape(marked, 'x', 2);
    else if (c == 0xAD)
      result += escape(marked, 'x', 2);
    else if (unicode::is_space(c) && c != U' ')
      result += escape(marked, 'u', 4);
    else
      result += marked;
  }
  return result + quote;
}

Text quoted_at(const Value& value, int depth) {
  spend(1);
  if (depth > deepest) refuse_depth();
  if (value.is_undefined()) return text_of("Undefined");
  if (const Text* text = value.text()) return quoted_text(*text);
  Text result;
  const auto add = [&](const Value& item) {
    result = checked(std::move(result) + quoted_at(item, depth + 1));
  };
  if (const Sequence* sequence = value.sequence()) {
    if (!sequence->range.empty()) return text_of(sequence->range);
    result = sequence->is_tuple ? U"(" : U"[";
    for (std::size_t i = 0; i < sequence->items.size(); ++i) {
      if (i > 0) result += U", ";
      add(sequence->items[i]);
    }
    if (sequence->is_tuple && sequence->items.size() == 1) result += U",";
    return result + (sequence->is_tuple ? U")" : U"]");
  }
  if (const Dict* dict = value.dict(); dict && !dict->is_namespace) {
    result = U"{";
    for (std::size_t i = 0; i < dict->items.size(); ++i) {
      if (i > 0) result += U", ";
      add(dict->items[i].first);
      result += U": ";
      add(dict->items[i].second);
    }
    return result + U"}";
  }
  return printed(value);
}

Text json_string(const Text& text) {
  Text result = U"\"";
  for (const char32_t marked : text) {
    const char32_t c = character(marked), mark = marked & from_message;
    constexpr std::u32string_view plain = U"\"\\\n\r\t\b\f", letters = U"\"\\nrtbf";
    if (const std::size_t at = plain.find(c); at != plain.npos)
      result += {U'\\' | mark, letters[at] | mark};
    else if (c < 0x20)
      result += escape(marked, 'u', 4);
    else
      result += marked;
  }
  return result + U"\"";
}

class JsonWriter {
 public:
  explicit JsonWriter(const JsonStyle& style) : style_(style) {}

  Text text(const Value& value, int depth) const {
    spend(1);
    if (depth > deepest) refuse_depth();
    if (value.is_none()) return U"null";
    if (const bool* truth = value.boolean()) return *truth ? U"true" : U"false";
    if (value.integer()) return printed(value);
    if (const double* x = value.real()) {
      if (std::isnan(*x)) return U"NaN";
      if (std::isinf(*x)) return *x < 0 ? U"-Infinity" : U"Infinity";
      return printed(value);
    }
    if (const Text* string = value.text()) return json_string(*string);
    if (const Sequence* sequence = value.sequence(); sequence && sequence->range.empty()) {
      std::vector<Text> items;
      for (const Value& item : sequence->items) items.push_back(text(item, depth + 1));
      return joined(U'[', U']', items, depth);
    }
    if (const Dict* dict = value.dict(); dict && !dict->is_namespace) return object(*dict, depth);
    throw TemplateError("Object of type " + type_name(value) + " is not JSON serializable");
  }

 private:
  Text object(const Dict& dict, int depth) const {
    std::vector<std::pair<Value, Value>> items = dict.items;
    if (style_.sort_keys)
      std::ranges::stable_sort(items,
                               [](const auto& a, const auto& b) { return less(a.first, b.first); });
    std::vector<Text> parts;
    for (const auto& [key, value] : items) {
      const Text name = key.text() ? json_string(*key.text()) : json_string(text(key, depth + 1));
      parts.push_back(name + style_.after_key + text(value, depth + 1));
    }
    return joined(U'{', U'}', parts, depth);
  }

  Text joined(char32_t open, char32_t close, const std::vector<Text>& parts, int depth) const {
    Text result(1, open);
    if (parts.empty()) return result + close;
    const auto line = [&](int level) {
      if (!style_.indent) return Text();
      return U"\n" + Text(static_cast<std::size_t>(std::max<std::int64_t>(*style_.indent, 0)) *
                              static_cast<std::size_t>(level),
                          U' ');
    };
    for (std::size_t i = 0; i < parts.size(); ++i)
      result = checked(std::move(result) + (i > 0 ? style_.between : Text()) + line(depth + 1) +
                       parts[i]);
    return result + line(depth) + close;
  }

  const JsonStyle& style_;
};

}  // namespace

std::string number_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  const double size = std::abs(number);
  const bool is_plain = size == 0 || (size >= 1e-4 && size < 1e16);
  std::array<char, 400> digits;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), number,
                    is_plain ? std::chars_format::fixed : std::chars_format::scientific)
          .ptr;
  std::string text(digits.data(), end);
  if (is_plain && text.find('.') == std::string::npos) text += ".0";
  return text;
}

Text printed(const Value& value) {
  if (value.is_undefined()) return {};
  if (value.is_none()) return U"None";
  if (const bool* truth = value.boolean()) return *truth ? U"True" : U"False";
  if (const std::int64_t* x = value.integer()) return text_of(std::to_string(*x));
  if (const double* x = value.real()) return text_of(number_text(*x));
  if (const Text* text = value.text()) return *text;
  if (value.sequence() || (value.dict() && !value.dict()->is_namespace)) return quoted_at(value, 0);
  throw TemplateError("printing a " + type_name(value) + " is not supported");
}

Text quoted(const Value& value) { return quoted_at(value, 0); }

Text json_text(const Value& value, const JsonStyle& style) {
  return JsonWriter(style).text(value, 0);
}

}  // namespace trainbus::chat
