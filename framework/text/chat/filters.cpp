// Jinja's filters, and tojson as transformers has it.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "text/chat/calls.hpp"
#include "text/chat/operators.hpp"
#include "text/chat/python_text.hpp"
#include "text/unicode.hpp"

namespace trainbus::chat {
namespace {

using Filter = Value (*)(const Value&, const Arguments&);

const Arguments no_arguments;

Value path(const Value& value, const Text& dotted) {
  Value found = value;
  std::size_t begin = 0;
  while (begin <= dotted.size()) {
    const std::size_t dot = std::min(dotted.find(U'.', begin), dotted.size());
    const Text name = dotted.substr(begin, dot - begin);
    const bool is_number =
        !name.empty() && name.size() < 10 &&
        std::ranges::all_of(name, [](char32_t c) { return c >= '0' && c <= '9'; });
    found = is_number ? item(found, Value(static_cast<std::int64_t>(std::stoll(utf8_of(name)))))
                      : item(found, name);
    begin = dot + 1;
  }
  return found;
}

// The value, or its attribute; texts in lower case if the case does not count.
Value key_of(const Value& value, const Value* attribute, bool case_sensitive) {
  Value key = attribute && !attribute->is_none()
                  ? attribute->text() ? path(value, *attribute->text()) : item(value, *attribute)
                  : value;
  return !case_sensitive && key.text() ? Value(lower(*key.text())) : key;
}

Value size_of(const Value& value, const Arguments&) {
  if (const Text* text = value.text()) return Value(static_cast<std::int64_t>(text->size()));
  const bool is_view = value.stream() && value.stream()->is_view;
  if (value.number() || value.is_none() || value.callable() || (value.stream() && !is_view))
    throw TemplateError("object of type '" + type_name(value) + "' has no len()");
  return Value(static_cast<std::int64_t>(items_of(value).size()));
}

Value default_of(const Value& value, const Arguments& arguments) {
  const Given given("default", arguments, {"default_value", "boolean"});
  const bool absent = value.is_undefined() || (given.truth(1, false) && !is_true(value));
  return absent ? given[0] ? *given[0] : Value(Text()) : value;
}

Value join(const Value& value, const Arguments& arguments) {
  const Given given("join", arguments, {"d", "attribute"});
  const Text between = given[0] ? printed(*given[0]) : Text();
  Text result;
  bool first = true;
  for (const Value& each : items_of(value)) {
    result += (first ? Text() : between) + printed(key_of(each, given[1], true));
    if (result.size() > most_characters) throw TemplateError("a text is too long");
    first = false;
  }
  return result;
}

Value replace(const Value& value, const Arguments& arguments) {
  const Given given("replace", arguments, {"old", "new", "count"});
  return replaced(printed(value), printed(given.required(0)), printed(given.required(1)),
                  given.has(2) ? given.integer(2, -1) : -1);
}

// Jinja's: words begin behind blanks, "-", and opening brackets.
Value title(const Value& value, const Arguments&) {
  const Text text = printed(value);
  Text result;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto separates = [&](std::size_t at) {
      constexpr std::u32string_view signs = U"-({[<";
      return unicode::is_space(character(text[at])) ||
             signs.find(character(text[at])) != signs.npos;
    };
    std::size_t end = begin + 1;
    if (!separates(begin)) {
      while (end < text.size() && !separates(end)) ++end;
      result += upper(Text(1, text[begin])) + lower(text.substr(begin + 1, end - begin - 1));
    } else {
      result += text[begin];
    }
    begin = end;
  }
  return result;
}

Value indent(const Value& value, const Arguments& arguments) {
  const Given given("indent", arguments, {"width", "first", "blank"});
  const Text margin =
      given[0] && given[0]->text()
          ? *given[0]->text()
          : Text(static_cast<std::size_t>(std::clamp<std::int64_t>(given.integer(0, 4), 0, 1000)),
                 U' ');
  const Text text = printed(value) + U"\n";
  Text result = given.truth(1, false) ? margin : Text();
  std::size_t begin = 0;
  for (bool first = true; begin < text.size(); first = false) {
    const std::size_t end = find_text(text, U"\n", begin);
    if (!first) result += U"\n" + (end > begin || given.truth(2, false) ? margin : Text());
    result += text.substr(begin, end - begin);
    begin = end + 1;
  }
  return checked(std::move(result));
}

Value to_json(const Value& value, const Arguments& arguments) {
  const Given given("tojson", arguments, {"ensure_ascii", "indent", "separators", "sort_keys"});
  if (given.truth(0, false)) throw TemplateError("tojson: ensure_ascii is not supported");
  JsonStyle style{.indent = given.has(1) ? std::optional(given.integer(1, 0)) : std::nullopt,
                  .between = given.has(1) ? U"," : U", ",
                  .after_key = U": ",
                  .sort_keys = given.truth(3, false)};
  if (given.has(2)) {
    const Items items = items_of(*given[2]);
    if (items.size() != 2 || !items[0].text() || !items[1].text())
      throw TemplateError("tojson: separators are two texts");
    style.between = *items[0].text();
    style.after_key = *items[1].text();
  }
  return checked(json_text(value, style));
}

Value to_integer(const Value& value, const Arguments& arguments) {
  const Given given("int", arguments, {"default", "base"});
  const Value otherwise = given[0] ? *given[0] : Value(std::int64_t{0});
  if (const auto whole = value.whole()) return Value(*whole);
  if (const double* x = value.real())
    return std::abs(*x) < 9e18 ? Value(static_cast<std::int64_t>(*x)) : otherwise;
  if (!value.text()) return otherwise;
  std::string digits = utf8_of(stripped(*value.text(), nullptr, 3));
  if (digits.starts_with('+')) digits.erase(0, 1);
  std::int64_t number = 0;
  const int base = static_cast<int>(std::clamp<std::int64_t>(given.integer(1, 10), 2, 36));
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, number, base);
  if (error == std::errc() && rest == end && !digits.empty()) return Value(number);
  double real = 0;
  const auto [rest_of_real, failed] = std::from_chars(digits.data(), end, real);
  if (failed == std::errc() && rest_of_real == end && std::abs(real) < 9e18 && !digits.empty())
    return Value(static_cast<std::int64_t>(real));
  return otherwise;
}

Value to_real(const Value& value, const Arguments& arguments) {
  const Given given("float", arguments, {"default"});
  if (const auto number = value.number()) return Value(*number);
  const Value otherwise = given[0] ? *given[0] : Value(0.0);
  if (!value.text()) return otherwise;
  std::string digits = utf8_of(stripped(*value.text(), nullptr, 3));
  if (digits.starts_with('+')) digits.erase(0, 1);
  double number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, number);
  return error == std::errc() && rest == end && !digits.empty() ? Value(number) : otherwise;
}

Value round(const Value& value, const Arguments& arguments) {
  const Given given("round", arguments, {"precision", "method"});
  const std::string method = utf8_of(given.text(1, U"common"));
  const auto number = value.number();
  if (!number) throw TemplateError("a " + type_name(value) + " cannot be rounded");
  const std::int64_t precision = std::clamp<std::int64_t>(given.integer(0, 0), -300, 300);
  const double factor = std::pow(10.0, static_cast<double>(precision));
  if (value.whole() && precision >= 0 && method == "common") return Value(*value.whole());
  if (method == "ceil") return Value(std::ceil(*number * factor) / factor);
  if (method == "floor") return Value(std::floor(*number * factor) / factor);
  if (method != "common") throw TemplateError("method must be common, ceil or floor");
  if (precision > 20) return Value(*number);
  if (precision < 0) return Value(std::nearbyint(*number * factor) / factor);
  // Correctly rounded decimals, as Python's round.
  std::array<char, 400> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *number,
                                 std::chars_format::fixed, static_cast<int>(precision))
                       .ptr;
  double rounded = 0;
  std::from_chars(digits.data(), end, rounded);
  return Value(rounded);
}

Value sort(const Value& value, const Arguments& arguments) {
  const Given given("sort", arguments, {"reverse", "case_sensitive", "attribute"});
  Items items = items_of(value);
  const bool exact = given.truth(1, false), reverse = given.truth(0, false);
  std::ranges::stable_sort(items, [&](const Value& a, const Value& b) {
    const Value x = key_of(a, given[2], exact), y = key_of(b, given[2], exact);
    return reverse ? less(y, x) : less(x, y);
  });
  return items;
}

Value unique(const Value& value, const Arguments& arguments) {
  const Given given("unique", arguments, {"case_sensitive", "attribute"});
  Items kept, keys;
  for (const Value& each : items_of(value)) {
    Value key = key_of(each, given[1], given.truth(0, false));
    check_key(key);
    if (std::ranges::any_of(keys, [&](const Value& seen) { return equal(seen, key); })) continue;
    keys.push_back(std::move(key));
    kept.push_back(each);
  }
  return generator_value(std::move(kept));
}

Value dict_sort(const Value& value, const Arguments& arguments) {
  const Given given("dictsort", arguments, {"case_sensitive", "by", "reverse"});
  if (!value.dict() || value.dict()->is_namespace)
    throw TemplateError("dictsort: found a " + type_name(value));
  const bool by_value = same_text(given.text(1, U"key"), U"value");
  const bool exact = given.truth(0, false), reverse = given.truth(2, false);
  auto pairs = value.dict()->items;
  std::ranges::stable_sort(pairs, [&](const auto& a, const auto& b) {
    const Value x = key_of(by_value ? a.second : a.first, nullptr, exact);
    const Value y = key_of(by_value ? b.second : b.first, nullptr, exact);
    return reverse ? less(y, x) : less(x, y);
  });
  Items items;
  for (auto& [key, each] : pairs) items.push_back(Value(Items{key, each}, true));
  return items;
}

// The arguments behind the first one, which names a filter or a test.
Arguments behind_first(const Arguments& arguments) {
  Arguments rest = arguments;
  if (!rest.positional.empty()) rest.positional.erase(rest.positional.begin());
  return rest;
}

std::string first_name(const Arguments& arguments) {
  if (arguments.positional.empty() || !arguments.positional.front().text())
    throw TemplateError("found no name of a filter or test as the first argument");
  return utf8_of(*arguments.positional.front().text());
}

Value map(const Value& value, const Arguments& arguments) {
  Items results;
  if (!is_true(value)) return generator_value({});
  if (arguments.positional.empty()) {
    const Given given("map", arguments, {"attribute", "default"});
    for (const Value& each : items_of(value)) {
      Value found = key_of(each, &given.required(0), true);
      results.push_back(found.is_undefined() && given[1] ? *given[1] : std::move(found));
    }
    return generator_value(std::move(results));
  }
  const std::string name = first_name(arguments);
  const Arguments rest = behind_first(arguments);
  for (const Value& each : items_of(value)) results.push_back(filtered(name, each, rest));
  return generator_value(std::move(results));
}

Value chosen(const Value& value, const Arguments& arguments, bool wanted, bool by_attribute) {
  const Value attribute = by_attribute ? Value(text_of(first_name(arguments))) : Value(None());
  const Arguments of_test = by_attribute ? behind_first(arguments) : arguments;
  const bool has_test = !of_test.positional.empty();
  const std::string test = has_test ? first_name(of_test) : "";
  const Arguments rest = behind_first(of_test);
  Items kept;
  if (!is_true(value)) return generator_value({});
  for (const Value& each : items_of(value)) {
    const Value looked_at = key_of(each, &attribute, true);
    if ((has_test ? passes(test, looked_at, rest) : is_true(looked_at)) == wanted)
      kept.push_back(each);
  }
  return generator_value(std::move(kept));
}

Value first_or_last(const Value& value, bool first) {
  if (!first && value.stream() && !value.stream()->is_view)
    throw TemplateError("'generator' object is not reversible");
  const Items items = items_of(value);
  if (value.stream() && !items.empty()) value.stream()->take(1);
  if (items.empty())
    return Undefined{"No " + std::string(first ? "first" : "last") + " item, sequence was empty."};
  return first ? items.front() : items.back();
}

Value extreme(const Value& value, const Arguments& arguments, bool greatest) {
  const Given given(greatest ? "max" : "min", arguments, {"case_sensitive", "attribute"});
  const Items items = items_of(value);
  if (items.empty()) return Undefined{"No aggregated item, sequence was empty."};
  const bool exact = given.truth(0, false);
  const auto before = [&](const Value& a, const Value& b) {
    return less(key_of(a, given[1], exact), key_of(b, given[1], exact));
  };
  if (!greatest) return *std::ranges::min_element(items, before);
  const Value* best = &items.front();
  for (const Value& each : items)
    if (before(*best, each)) best = &each;
  return *best;
}

Value sum(const Value& value, const Arguments& arguments) {
  const Given given("sum", arguments, {"attribute", "start"});
  Value total = given[1] ? *given[1] : Value(std::int64_t{0});
  for (const Value& each : items_of(value))
    total = combined("+", total, key_of(each, given[0], true));
  return total;
}

Value reversed(const Value& value, const Arguments&) {
  if (const Text* text = value.text()) return Text(text->rbegin(), text->rend());
  const bool is_generator = value.stream() && !value.stream()->is_view;
  Items items = items_of(value);
  std::ranges::reverse(items);
  return is_generator ? Value(std::move(items)) : generator_value(std::move(items));
}

Value items_filter(const Value& value, const Arguments&) {
  if (value.is_undefined()) return generator_value({});
  if (!value.dict() || value.dict()->is_namespace)
    throw TemplateError("items: can only get item pairs from a mapping");
  return generator_value(items_of(method(value, "items").callable()->call(no_arguments)));
}

Value word_count(const Value& value, const Arguments&) {
  std::int64_t count = 0;
  bool in_word = false;
  for (const char32_t c : printed(value)) {
    const bool is_word = unicode::is_word(character(c));
    count += is_word && !in_word;
    in_word = is_word;
  }
  return Value(count);
}

Value absolute(const Value& value, const Arguments&) {
  if (const auto x = value.whole()) return *x < 0 ? negated(Value(*x)) : Value(*x);
  if (const double* x = value.real()) return Value(std::abs(*x));
  throw TemplateError("bad operand type for abs(): '" + type_name(value) + "'");
}

Value escaped(const Value& value, const Arguments&) {
  Text result;
  for (const char32_t c : printed(value)) {
    constexpr std::u32string_view plain = U"&<>'\"";
    constexpr std::array<std::u32string_view, 5> names = {U"&amp;", U"&lt;", U"&gt;", U"&#39;",
                                                          U"&#34;"};
    const std::size_t at = plain.find(character(c));
    if (at == plain.npos)
      result += c;
    else
      for (const char32_t d : names[at]) result += d | (c & from_message);
  }
  return result;
}

Value same(const Value& value, const Arguments&) { return value; }

struct Named {
  std::string_view name;
  Filter filter;
};

constexpr Named filters[] = {
    {"abs", absolute},
    {"attr",
     [](auto& v, auto& a) {
       return attribute(v, utf8_of(Given("attr", a, {"name"}).text(0, U"")));
     }},
    {"capitalize", [](auto& v, auto&) { return Value(capitalized(printed(v))); }},
    {"count", size_of},
    {"d", default_of},
    {"default", default_of},
    {"dictsort", dict_sort},
    {"e", escaped},
    {"escape", escaped},
    {"first", [](auto& v, auto&) { return first_or_last(v, true); }},
    {"float", to_real},
    {"format",
     [](auto& v, auto& a) { return Value(checked(formatted(printed(v), a.positional))); }},
    {"indent", indent},
    {"int", to_integer},
    {"items", items_filter},
    {"join", join},
    {"last", [](auto& v, auto&) { return first_or_last(v, false); }},
    {"length", size_of},
    {"list", [](auto& v, auto&) { return Value(items_of(v)); }},
    {"lower", [](auto& v, auto&) { return Value(lower(printed(v))); }},
    {"map", map},
    {"max", [](auto& v, auto& a) { return extreme(v, a, true); }},
    {"min", [](auto& v, auto& a) { return extreme(v, a, false); }},
    {"reject", [](auto& v, auto& a) { return chosen(v, a, false, false); }},
    {"rejectattr", [](auto& v, auto& a) { return chosen(v, a, false, true); }},
    {"replace", replace},
    {"reverse", reversed},
    {"round", round},
    {"safe", same},
    {"select", [](auto& v, auto& a) { return chosen(v, a, true, false); }},
    {"selectattr", [](auto& v, auto& a) { return chosen(v, a, true, true); }},
    {"sort", sort},
    {"string", [](auto& v, auto&) { return Value(printed(v)); }},
    {"sum", sum},
    {"title", title},
    {"tojson", to_json},
    {"trim",
     [](auto& v, auto& a) {
       const Given given("trim", a, {"chars"});
       return Value(stripped(printed(v), given[0], 3));
     }},
    {"unique", unique},
    {"upper", [](auto& v, auto&) { return Value(upper(printed(v))); }},
    {"wordcount", word_count},
};

}  // namespace

Value filtered(const std::string& name, const Value& value, const Arguments& arguments) {
  const auto found = std::ranges::find(filters, name, &Named::name);
  if (found == std::end(filters)) throw TemplateError("the filter '" + name + "' is not supported");
  return found->filter(value, arguments);
}

}  // namespace trainbus::chat
