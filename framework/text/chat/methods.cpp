// The methods of texts, lists and dicts.
#include <algorithm>
#include <array>

#include "text/chat/calls.hpp"
#include "text/chat/operators.hpp"
#include "text/unicode.hpp"

namespace trainbus::chat {
namespace {

using Method = Value (*)(const Value& self, const Arguments&);

Value integer(std::size_t number) { return Value(static_cast<std::int64_t>(number)); }

const Text& self_text(const Value& self) { return *self.text(); }

Value strip_sides(const Value& self, const Arguments& arguments, const char* name, int sides) {
  const Given given(name, arguments, {"chars"});
  return stripped(self_text(self), given[0], sides);
}

// At white space, whole runs of it.
Items split_at_spaces(const Text& text, std::int64_t most, bool from_right) {
  Items parts;
  const auto is_space = [&](std::size_t i) { return unicode::is_space(character(text[i])); };
  std::size_t begin = 0, end = text.size();
  while (begin < end && is_space(begin)) ++begin;
  while (end > begin && is_space(end - 1)) --end;
  while (begin < end) {
    std::size_t cut = from_right ? end : begin;
    if (most >= 0 && static_cast<std::int64_t>(parts.size()) == most) {
      // The rest, with the white space at its other end.
      parts.push_back(from_right ? text.substr(0, end) : text.substr(begin));
      break;
    }
    if (from_right)
      while (cut > begin && !is_space(cut - 1)) --cut;
    else
      while (cut < end && !is_space(cut)) ++cut;
    if (from_right) {
      parts.push_back(text.substr(cut, end - cut));
      end = cut;
      while (end > begin && is_space(end - 1)) --end;
    } else {
      parts.push_back(text.substr(begin, cut - begin));
      begin = cut;
      while (begin < end && is_space(begin)) ++begin;
    }
  }
  if (from_right) std::ranges::reverse(parts);
  return parts;
}

Text backward(const Text& text) { return {text.rbegin(), text.rend()}; }

Items split_at(const Text& text, const Text& separator, std::int64_t most) {
  Items parts;
  std::size_t begin = 0;
  while (most < 0 || static_cast<std::int64_t>(parts.size()) < most) {
    if (parts.size() > most_items) throw TemplateError("a list is too long");
    const std::size_t found = find_text(text, separator, begin);
    if (found == Text::npos) break;
    parts.push_back(text.substr(begin, found - begin));
    begin = found + separator.size();
  }
  parts.push_back(text.substr(begin));
  return parts;
}

Value split_text(const Value& self, const Arguments& arguments, bool from_right) {
  const Given given(from_right ? "rsplit" : "split", arguments, {"sep", "maxsplit"});
  const Text& text = self_text(self);
  const std::int64_t most = given.integer(1, -1);
  if (!given.has(0)) return split_at_spaces(text, most, from_right);
  Text separator = given.text(0, U"");
  if (separator.empty()) throw TemplateError("empty separator");
  Items parts = from_right ? split_at(backward(text), backward(separator), most)
                           : split_at(text, separator, most);
  if (!from_right) return parts;
  std::ranges::reverse(parts);
  for (Value& part : parts) part = backward(*part.text());
  return parts;
}

Value split_lines(const Value& self, const Arguments& arguments) {
  const bool keeps = Given("splitlines", arguments, {"keepends"}).truth(0, false);
  const Text& text = self_text(self);
  Items lines;
  for (std::size_t begin = 0; begin < text.size();) {
    constexpr std::u32string_view ends = U"\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029";
    std::size_t end = begin;
    while (end < text.size() && ends.find(character(text[end])) == ends.npos) ++end;
    std::size_t next = std::min(end + 1, text.size());
    if (next < text.size() && character(text[end]) == U'\r' && character(text[next]) == U'\n')
      ++next;
    lines.push_back(text.substr(begin, (keeps ? next : end) - begin));
    begin = next;
  }
  return lines;
}

// Of a text, or of any of a tuple of them.
Value has_end(const Value& self, const Arguments& arguments, bool first) {
  const Given given(first ? "startswith" : "endswith", arguments, {"text"});
  const Value& wanted = given.required(0);
  const Items all = wanted.sequence() ? wanted.sequence()->items : Items{wanted};
  return Value(std::ranges::any_of(all, [&](const Value& each) {
    const Text* part = each.text();
    if (!part) throw TemplateError("found " + type_name(each) + ", expected a text");
    const Text& text = self_text(self);
    if (part->size() > text.size()) return false;
    return same_text(first ? text.substr(0, part->size()) : text.substr(text.size() - part->size()),
                     *part);
  }));
}

Value find_method(const Value& self, const Arguments& arguments, bool last, bool refuses) {
  const Given given("find", arguments, {"sub"});
  const Text part = given.text(0, U"");
  const Text& text = self_text(self);
  std::size_t found = last ? find_text(backward(text), backward(part)) : find_text(text, part);
  if (last && found != Text::npos) found = text.size() - found - part.size();
  if (found == Text::npos && refuses) throw TemplateError("substring not found");
  return found == Text::npos ? Value(std::int64_t{-1}) : integer(found);
}

Value count_text(const Value& self, const Arguments& arguments) {
  const Text part = Given("count", arguments, {"sub"}).text(0, U"");
  const Text& text = self_text(self);
  if (part.empty()) return integer(text.size() + 1);
  std::size_t count = 0;
  for (std::size_t at = 0; (at = find_text(text, part, at)) != Text::npos; at += part.size())
    ++count;
  return integer(count);
}

Value join_method(const Value& self, const Arguments& arguments) {
  Text result;
  bool first = true;
  for (const Value& each : items_of(Given("join", arguments, {"iterable"}).required(0))) {
    if (!each.text())
      throw TemplateError("sequence item: expected str instance, " + type_name(each) + " found");
    result = checked(result + (first ? Text() : self_text(self)) + *each.text());
    first = false;
  }
  return result;
}

template <class Has>
Value all_are(const Value& self, Has has) {
  const Text& text = self_text(self);
  return Value(!text.empty() && std::ranges::all_of(text, has));
}

bool is_digit(char32_t c) { return character(c) >= U'0' && character(c) <= U'9'; }
bool is_cased(char32_t c) {
  const Text one(1, character(c));
  return !same_text(upper(one), lower(one));
}
bool is_letter(char32_t c) {
  return unicode::is_word(character(c)) && !is_digit(c) && character(c) != U'_';
}

Value has_case(const Value& self, Text (*change)(const Text&)) {
  const Text& text = self_text(self);
  return Value(std::ranges::any_of(text, is_cased) && same_text(change(text), text));
}

struct Named {
  std::string_view name;
  Method method;
};

constexpr std::array<Named, 28> text_methods = {{
    {"strip", [](auto& s, auto& a) { return strip_sides(s, a, "strip", 3); }},
    {"lstrip", [](auto& s, auto& a) { return strip_sides(s, a, "lstrip", 1); }},
    {"rstrip", [](auto& s, auto& a) { return strip_sides(s, a, "rstrip", 2); }},
    {"split", [](auto& s, auto& a) { return split_text(s, a, false); }},
    {"rsplit", [](auto& s, auto& a) { return split_text(s, a, true); }},
    {"splitlines", split_lines},
    {"startswith", [](auto& s, auto& a) { return has_end(s, a, true); }},
    {"endswith", [](auto& s, auto& a) { return has_end(s, a, false); }},
    {"upper", [](auto& s, auto&) { return Value(upper(self_text(s))); }},
    {"lower", [](auto& s, auto&) { return Value(lower(self_text(s))); }},
    {"capitalize", [](auto& s, auto&) { return Value(capitalized(self_text(s))); }},
    {"title", [](auto& s, auto&) { return Value(with_titles(self_text(s))); }},
    {"replace",
     [](auto& s, auto& a) {
       const Given given("replace", a, {"old", "new", "count"});
       given.required(1);
       return Value(
           replaced(self_text(s), given.text(0, U""), given.text(1, U""), given.integer(2, -1)));
     }},
    {"find", [](auto& s, auto& a) { return find_method(s, a, false, false); }},
    {"rfind", [](auto& s, auto& a) { return find_method(s, a, true, false); }},
    {"index", [](auto& s, auto& a) { return find_method(s, a, false, true); }},
    {"count", count_text},
    {"join", join_method},
    {"isdigit", [](auto& s, auto&) { return all_are(s, is_digit); }},
    {"isdecimal", [](auto& s, auto&) { return all_are(s, is_digit); }},
    {"isalpha", [](auto& s, auto&) { return all_are(s, is_letter); }},
    {"isalnum",
     [](auto& s, auto&) {
       return all_are(s, [](char32_t c) { return is_letter(c) || is_digit(c); });
     }},
    {"isspace",
     [](auto& s, auto&) {
       return all_are(s, [](char32_t c) { return unicode::is_space(character(c)); });
     }},
    {"isupper", [](auto& s, auto&) { return has_case(s, upper); }},
    {"islower", [](auto& s, auto&) { return has_case(s, lower); }},
    {"removeprefix",
     [](auto& s, auto& a) {
       const Text part = Given("removeprefix", a, {"prefix"}).text(0, U"");
       const Text& text = self_text(s);
       return Value(same_text(text.substr(0, part.size()), part) ? text.substr(part.size()) : text);
     }},
    {"removesuffix",
     [](auto& s, auto& a) {
       const Text part = Given("removesuffix", a, {"suffix"}).text(0, U"");
       const Text& text = self_text(s);
       const bool has =
           part.size() <= text.size() && same_text(text.substr(text.size() - part.size()), part);
       return Value(has ? text.substr(0, text.size() - part.size()) : text);
     }},
    {"zfill",
     [](auto& s, auto& a) {
       const std::int64_t width = Given("zfill", a, {"width"}).integer(0, 0);
       Text text = self_text(s);
       const bool is_signed = !text.empty() && (text[0] == U'-' || text[0] == U'+');
       const auto size = static_cast<std::int64_t>(text.size());
       if (width > 10000) throw TemplateError("a text is too long");
       if (width > size) text.insert(is_signed, static_cast<std::size_t>(width - size), U'0');
       return Value(text);
     }},
}};

Items pairs(const Dict& dict) {
  Items items;
  for (const auto& [key, value] : dict.items) items.push_back(Value(Items{key, value}, true));
  return items;
}

constexpr std::array<Named, 5> dict_methods = {{
    {"items", [](auto& s, auto&) { return view_value(pairs(*s.dict())); }},
    {"keys", [](auto& s, auto&) { return view_value(items_of(s)); }},
    {"values",
     [](auto& s, auto&) {
       Items values;
       for (const auto& [key, value] : s.dict()->items) values.push_back(value);
       return view_value(values);
     }},
    {"get",
     [](auto& s, auto& a) {
       const Given given("get", a, {"key", "default"});
       check_key(given.required(0));
       const Value* found = s.dict()->find(given.required(0));
       return found ? *found : given[1] ? *given[1] : Value(None());
     }},
    {"copy", [](auto& s, auto&) { return s; }},
}};

constexpr std::array<Named, 3> list_methods = {{
    {"index",
     [](auto& s, auto& a) {
       const Items& items = s.sequence()->items;
       const Value wanted = Given("index", a, {"value"}).required(0);
       const auto found =
           std::ranges::find_if(items, [&](const Value& each) { return equal(each, wanted); });
       if (found == items.end()) throw TemplateError("the value is not in the list");
       return integer(static_cast<std::size_t>(found - items.begin()));
     }},
    {"count",
     [](auto& s, auto& a) {
       const Value wanted = Given("count", a, {"value"}).required(0);
       return integer(static_cast<std::size_t>(std::ranges::count_if(
           s.sequence()->items, [&](const Value& each) { return equal(each, wanted); })));
     }},
    {"copy", [](auto& s, auto&) { return s; }},
}};

template <class Methods>
Value method(const Value& value, const std::string& name, const Methods& methods) {
  const auto found = std::ranges::find(methods, name, &Named::name);
  if (found == std::end(methods)) return Undefined{};
  return std::make_shared<const Callable>(Callable{
      name,
      [value, call = found->method](const Arguments& arguments) { return call(value, arguments); },
      depth_around(value)});
}

}  // namespace

Value method(const Value& value, const std::string& name) {
  if (value.text()) return method(value, name, text_methods);
  if (value.sequence()) return method(value, name, list_methods);
  if (value.dict() && !value.dict()->is_namespace) return method(value, name, dict_methods);
  return Undefined{};
}

}  // namespace trainbus::chat
