// Jinja's tests: value is name(arguments).
#include <algorithm>
#include <cmath>

#include "text/chat/calls.hpp"
#include "text/chat/operators.hpp"

namespace trainbus::chat {
namespace {

std::int64_t rest_of(const Value& value, std::int64_t divisor) {
  if (const auto rest = combined("%", value, Value(divisor)).whole()) return *rest;
  throw TemplateError("found a " + type_name(value) + ", expected an integer");
}

// The comparison that a test is another name of; empty: it is none.
std::string comparison_of(const std::string& name) {
  static constexpr std::pair<std::string_view, std::string_view> known[] = {
      {"eq", "=="}, {"equalto", "=="},    {"==", "=="},      {"ne", "!="},
      {"!=", "!="}, {"lt", "<"},          {"lessthan", "<"}, {"<", "<"},
      {"gt", ">"},  {"greaterthan", ">"}, {">", ">"},        {"le", "<="},
      {"<=", "<="}, {"ge", ">="},         {">=", ">="},      {"in", "in"}};
  for (const auto& [test, sign] : known)
    if (test == name) return std::string(sign);
  return {};
}

bool is_same_object(const Value& a, const Value& b) {
  if (a.boolean() || b.boolean()) return a.boolean() && b.boolean() && *a.boolean() == *b.boolean();
  if (a.is_none() || b.is_none()) return a.is_none() && b.is_none();
  throw TemplateError("the test 'sameas' is only supported for true, false and none");
}

bool is_container(const Value& value) {
  return value.sequence() || (value.dict() && !value.dict()->is_namespace);
}

bool passes_without_arguments(const std::string& name, const Value& value) {
  if (name == "defined") return !value.is_undefined();
  if (name == "undefined") return value.is_undefined();
  if (name == "none") return value.is_none();
  if (name == "boolean") return value.boolean() != nullptr;
  if (name == "true") return value.boolean() && *value.boolean();
  if (name == "false") return value.boolean() && !*value.boolean();
  if (name == "integer") return value.integer() != nullptr;
  if (name == "float") return value.real() != nullptr;
  if (name == "number") return value.number().has_value();
  if (name == "string") return value.text() != nullptr;
  if (name == "mapping") return value.dict() && !value.dict()->is_namespace;
  if (name == "sequence") return value.text() || is_container(value) || value.is_undefined();
  if (name == "iterable")
    return value.text() || is_container(value) || value.stream() || value.is_undefined();
  if (name == "callable") return value.callable() != nullptr || value.is_undefined();
  if (name == "odd") return rest_of(value, 2) == 1;
  if (name == "even") return rest_of(value, 2) == 0;
  if (name == "lower" || name == "upper") {
    if (!value.text()) throw TemplateError("found a " + type_name(value) + ", expected a text");
    const Value is_so = method(value, name == "lower" ? "islower" : "isupper");
    return is_true(is_so.callable()->call({}));
  }
  throw TemplateError("the test '" + name + "' is not supported");
}

}  // namespace

bool passes(const std::string& name, const Value& value, const Arguments& arguments) {
  if (const std::string sign = comparison_of(name); !sign.empty())
    return compares(sign, value, Given(name, arguments, {"other"}).required(0));
  if (name == "sameas") return is_same_object(value, Given(name, arguments, {"other"}).required(0));
  if (name == "divisibleby") {
    const Given given(name, arguments, {"num"});
    given.required(0);
    return rest_of(value, given.integer(0, 1)) == 0;
  }
  if (!arguments.positional.empty() || !arguments.named.empty())
    throw TemplateError("the test '" + name + "' is not supported with arguments");
  return passes_without_arguments(name, value);
}

}  // namespace trainbus::chat
