#include "text/chat/operators.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include "text/chat/python_text.hpp"

namespace trainbus::chat {
namespace {

[[noreturn]] void refuse_types(const std::string& sign, const Value& a, const Value& b) {
  for (const Value* value : {&a, &b})
    if (value->is_undefined()) throw TemplateError(value->undefined());
  throw TemplateError("unsupported operand types for " + sign + ": '" + type_name(a) + "' and '" +
                      type_name(b) + "'");
}

[[noreturn]] void refuse_size() { throw TemplateError("a number is too large"); }

std::int64_t floor_quotient(std::int64_t a, std::int64_t b) {
  if (b == 0) throw TemplateError("division by zero");
  if (b == -1 && a == std::numeric_limits<std::int64_t>::min()) refuse_size();
  const std::int64_t quotient = a / b;
  return quotient - (a % b != 0 && (a < 0) != (b < 0));
}

Value power(std::int64_t a, std::int64_t b) {
  if (b < 0) {
    if (a == 0) throw TemplateError("0 cannot be raised to a negative power");
    return Value(std::pow(static_cast<double>(a), static_cast<double>(b)));
  }
  std::int64_t result = 1;
  if (a == 0 || a == 1) return Value(b == 0 ? std::int64_t{1} : a);
  if (a == -1) return Value(std::int64_t{b % 2 == 0 ? 1 : -1});
  for (std::int64_t i = 0; i < b; ++i)
    if (__builtin_mul_overflow(result, a, &result)) refuse_size();
  return Value(result);
}

Value integers(const std::string& sign, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (sign == "+"   ? __builtin_add_overflow(a, b, &result)
      : sign == "-" ? __builtin_sub_overflow(a, b, &result)
                    : sign == "*" && __builtin_mul_overflow(a, b, &result))
    refuse_size();
  if (sign == "//") return Value(floor_quotient(a, b));
  if (sign == "%") return Value(b == -1 ? std::int64_t{0} : a - b * floor_quotient(a, b));
  if (sign == "**") return power(a, b);
  return Value(result);
}

Value reals(const std::string& sign, double a, double b) {
  if ((sign == "/" || sign == "//" || sign == "%") && b == 0)
    throw TemplateError("division by zero");
  if (sign == "+") return Value(a + b);
  if (sign == "-") return Value(a - b);
  if (sign == "*") return Value(a * b);
  if (sign == "/") return Value(a / b);
  double rest = std::fmod(a, b);
  if (rest != 0 && (rest < 0) != (b < 0)) rest += b;
  if (sign == "%") return Value(rest == 0 ? std::copysign(0.0, b) : rest);
  if (sign == "//") {
    const double quotient = (a - rest) / b;
    return Value(quotient == 0 ? std::copysign(0.0, a / b) : std::floor(quotient + 0.5));
  }
  const double result = std::pow(a, b);
  if (std::isnan(result) && !std::isnan(a) && !std::isnan(b))
    throw TemplateError("complex numbers are not supported");
  return Value(result);
}

Value repeated(const Value& value, std::int64_t times) {
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(times, 0));
  if (const Text* text = value.text()) {
    if (!text->empty() && count > most_characters / text->size())
      throw TemplateError("a text is too long");
    Text result;
    for (std::size_t i = 0; i < count; ++i) result += *text;
    return result;
  }
  const Sequence& sequence = *value.sequence();
  if (!sequence.range.empty()) refuse_types("*", value, Value(times));
  if (!sequence.items.empty() && count > most_items / sequence.items.size())
    throw TemplateError("a list is too long");
  Items items;
  for (std::size_t i = 0; i < count; ++i)
    items.insert(items.end(), sequence.items.begin(), sequence.items.end());
  return Value(std::move(items), sequence.is_tuple);
}

Value concatenated(const Value& a, const Value& b) {
  if (a.text() && b.text()) return checked(*a.text() + *b.text());
  const Sequence *x = a.sequence(), *y = b.sequence();
  if (!x || !y || type_name(a) != type_name(b) || !x->range.empty()) refuse_types("+", a, b);
  Items items = x->items;
  items.insert(items.end(), y->items.begin(), y->items.end());
  if (items.size() > most_items) throw TemplateError("a list is too long");
  return Value(std::move(items), x->is_tuple);
}

bool contains(const Value& all, const Value& one) {
  if (const Text* text = all.text()) {
    if (!one.text())
      throw TemplateError("'in <string>' requires a string as left operand, not " + type_name(one));
    return find_text(*text, *one.text()) != Text::npos;
  }
  if (const Dict* dict = all.dict(); dict && !dict->is_namespace) {
    check_key(one);
    return dict->find(one) != nullptr;
  }
  const Items items = items_of(all);
  const auto found = std::ranges::find_if(items, [&](const Value& i) { return equal(i, one); });
  if (found == items.end()) return false;
  if (all.stream()) all.stream()->take(static_cast<std::size_t>(found - items.begin()) + 1);
  return true;
}

}  // namespace

Text checked(Text text) {
  if (text.size() > most_characters) throw TemplateError("a text is too long");
  return text;
}

std::size_t find_text(std::u32string_view text, std::u32string_view part, std::size_t from) {
  if (from > text.size()) return Text::npos;
  spend(1 + part.size() / 64);
  // Knuth, Morris and Pratt's: time grows with the sizes, not with their product.
  std::vector<std::size_t> border(part.size() + 1, 0);
  const auto same = [](char32_t a, char32_t b) { return character(a) == character(b); };
  for (std::size_t i = 1, length = 0; i < part.size(); border[++i] = length) {
    while (length > 0 && !same(part[i], part[length])) length = border[length];
    length += same(part[i], part[length]);
  }
  std::size_t length = 0;
  for (std::size_t at = from; at < text.size() && length < part.size(); ++at) {
    while (length > 0 && !same(text[at], part[length])) length = border[length];
    length += same(text[at], part[length]);
    if (length == part.size()) return at + 1 - length;
  }
  return part.empty() ? from : Text::npos;
}

Value combined(const std::string& sign, const Value& a, const Value& b) {
  if (sign == "~") return checked(printed(a) + printed(b));
  if (sign == "%" && a.text()) {
    const bool is_tuple = b.sequence() && b.sequence()->is_tuple;
    // What has items by name or place may go unused in Python.
    const bool may_stay = !is_tuple && (b.sequence() || b.dict() || b.is_undefined());
    return checked(formatted(*a.text(), is_tuple ? b.sequence()->items : Items{b}, may_stay));
  }
  if (a.is_undefined() || b.is_undefined()) refuse_types(sign, a, b);
  if (a.whole() && b.whole() && sign != "/") return integers(sign, *a.whole(), *b.whole());
  if (a.number() && b.number()) return reals(sign, *a.number(), *b.number());
  if (sign == "+") return concatenated(a, b);
  if (sign == "*" && b.whole() && (a.text() || a.sequence())) return repeated(a, *b.whole());
  if (sign == "*" && a.whole() && (b.text() || b.sequence())) return repeated(b, *a.whole());
  refuse_types(sign, a, b);
}

bool compares(const std::string& sign, const Value& a, const Value& b) {
  if (sign == "==") return equal(a, b);
  if (sign == "!=") return !equal(a, b);
  if (sign == "in") return contains(b, a);
  if (sign == "not in") return !contains(b, a);
  if (a.is_undefined() || b.is_undefined()) refuse_types(sign, a, b);
  if (a.real() && std::isnan(*a.real())) return false;
  if (b.real() && std::isnan(*b.real())) return false;
  if (sign == "<") return less(a, b);
  if (sign == ">") return less(b, a);
  return sign == "<=" ? !less(b, a) : !less(a, b);
}

Value negated(const Value& value) {
  if (const auto x = value.whole()) return integers("-", 0, *x);
  if (const double* x = value.real()) return Value(-*x);
  if (value.is_undefined()) throw TemplateError(value.undefined());
  throw TemplateError("bad operand type for unary -: '" + type_name(value) + "'");
}

Text formatted(const Text& text, const Items& values, bool may_stay) {
  Text result;
  std::size_t next = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (character(text[i]) != U'%') {
      result += text[i];
      continue;
    }
    std::string format;
    while (++i < text.size() && (character(text[i]) == U'.' || character(text[i]) == U'-' ||
                                 (character(text[i]) >= U'0' && character(text[i]) <= U'9')))
      format += static_cast<char>(character(text[i]));
    const char32_t kind = i < text.size() ? character(text[i]) : 0;
    if (kind == U'%' && format.empty()) {
      result += text[i];
      continue;
    }
    if (format.size() > 4 || (!format.empty() && kind != U'f' && kind != U'd'))
      throw TemplateError("the format %" + format + " is not supported");
    if (next == values.size()) throw TemplateError("not enough arguments for format string");
    const Value& value = values[next++];
    std::array<char, 400> digits;
    if (kind == U's') {
      result += printed(value);
    } else if (kind == U'r') {
      result += quoted(value);
    } else if ((kind == U'd' || kind == U'i') && value.number()) {
      std::snprintf(digits.data(), digits.size(), ("%" + format + "lld").c_str(),
                    static_cast<long long>(*value.number()));
      result += text_of(digits.data());
    } else if (kind == U'f' && value.number()) {
      std::snprintf(digits.data(), digits.size(), ("%" + format + "f").c_str(), *value.number());
      result += text_of(digits.data());
    } else {
      throw TemplateError("the format %" + format + utf8_of(Text(1, kind)) + " of a " +
                          type_name(value) + " is not supported");
    }
  }
  if (next < values.size() && !(may_stay && next == 0))
    throw TemplateError("not all arguments converted during string formatting");
  return result;
}

}  // namespace trainbus::chat
