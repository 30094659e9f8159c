// Attributes, items and slices.
#include <algorithm>

#include "text/chat/calls.hpp"
#include "text/chat/python_text.hpp"

namespace trainbus::chat {
namespace {

// Methods that change their object: transformers refuses them too.
constexpr std::string_view changing[] = {"append", "extend",  "insert",    "remove",
                                         "pop",    "clear",   "reverse",   "sort",
                                         "update", "popitem", "setdefault"};

// What texts have in Python, and not here.
constexpr std::string_view text_methods_of_python[] = {
    "casefold",     "center",    "encode",      "expandtabs", "format",   "format_map", "isascii",
    "isidentifier", "isnumeric", "isprintable", "istitle",    "ljust",    "maketrans",  "partition",
    "rindex",       "rjust",     "rpartition",  "swapcase",   "translate"};

Value absent(const Value& value, const std::string& name) {
  return Undefined{"'" + type_name(value) + " object' has no attribute '" + name + "'"};
}

Value own_attribute(const Value& value, const std::string& name) {
  Value found = method(value, name);
  if (const Dict* dict = value.dict(); dict && dict->is_namespace)
    if (const Value* member = dict->find(name)) found = *member;
  const bool is_container = value.sequence() || (value.dict() && !value.dict()->is_namespace);
  if (found.is_undefined() && is_container &&
      std::ranges::find(changing, name) != std::end(changing) &&
      !(value.dict() && value.dict()->find(name)))
    throw TemplateError("'" + name + "' would change a " + type_name(value) +
                        ", and templates may not");
  if (found.is_undefined() && value.text() &&
      std::ranges::find(text_methods_of_python, name) != std::end(text_methods_of_python))
    throw TemplateError("the method '" + name + "' of texts is not supported");
  return found;
}

std::optional<std::size_t> place(std::int64_t index, std::size_t size) {
  if (index < 0) index += static_cast<std::int64_t>(size);
  if (index < 0 || index >= static_cast<std::int64_t>(size)) return std::nullopt;
  return static_cast<std::size_t>(index);
}

}  // namespace

Value attribute(const Value& value, const std::string& name) {
  if (value.is_undefined()) throw TemplateError(value.undefined());
  Value found = own_attribute(value, name);
  if (!found.is_undefined()) return found;
  if (const Dict* dict = value.dict(); dict && !dict->is_namespace)
    if (const Value* member = dict->find(name)) return *member;
  return absent(value, name);
}

Value item(const Value& value, const Value& key) {
  if (value.is_undefined()) throw TemplateError(value.undefined());
  if (const Dict* dict = value.dict(); dict && !dict->is_namespace)
    if (const Value* found = dict->find(key)) return *found;
  if (const auto index = key.whole()) {
    if (const Text* text = value.text())
      if (const auto at = place(*index, text->size())) return Text(1, (*text)[*at]);
    if (const Sequence* sequence = value.sequence())
      if (const auto at = place(*index, sequence->items.size())) return sequence->items[*at];
  }
  if (key.text()) {
    const std::string name = utf8_of(*key.text());
    Value found = own_attribute(value, name);
    return found.is_undefined() ? absent(value, name) : found;
  }
  return absent(value, utf8_of(quoted(key)));
}

Value slice(const Value& value, const Value& begin, const Value& end, const Value& step) {
  if (value.is_undefined()) throw TemplateError(value.undefined());
  if (!value.text() && (!value.sequence() || !value.sequence()->range.empty()))
    throw TemplateError("slices of a " + type_name(value) + " are not supported");
  const auto number = [](const Value& bound) -> std::optional<std::int64_t> {
    if (bound.is_none()) return std::nullopt;
    if (const auto whole = bound.whole()) return whole;
    throw TemplateError("slice indices must be integers");
  };
  const std::int64_t stride = number(step).value_or(1);
  if (stride == 0) throw TemplateError("slice step cannot be zero");
  const auto size = static_cast<std::int64_t>(value.text() ? value.text()->size()
                                                           : value.sequence()->items.size());
  const std::int64_t lowest = stride > 0 ? 0 : -1, highest = stride > 0 ? size : size - 1;
  const auto bound = [&](const Value& given, std::int64_t otherwise) {
    std::optional<std::int64_t> at = number(given);
    if (!at) return otherwise;
    if (*at < 0) *at = std::max(*at, -size - 1) + size;
    return std::clamp(*at, lowest, highest);
  };
  const std::int64_t first = bound(begin, stride > 0 ? 0 : size - 1);
  const std::int64_t last = bound(end, stride > 0 ? size : -1);
  Text text;
  Items items;
  for (std::int64_t i = first; stride > 0 ? i < last : i > last;) {
    if (value.text())
      text += (*value.text())[static_cast<std::size_t>(i)];
    else
      items.push_back(value.sequence()->items[static_cast<std::size_t>(i)]);
    if (__builtin_add_overflow(i, stride, &i)) break;
  }
  if (value.text()) return text;
  return Value(std::move(items), value.sequence()->is_tuple);
}

}  // namespace trainbus::chat
