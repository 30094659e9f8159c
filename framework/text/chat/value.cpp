#include "text/chat/value.hpp"

#include <algorithm>

#include "text/unicode.hpp"

namespace trainbus::chat {
namespace {

constexpr int deepest = 100;
thread_local std::size_t steps_left = 0;
thread_local bool is_limited = false;

int depth_around(const Items& items) {
  int depth = 1;
  for (const Value& item : items) depth = std::max(depth, depth_around(item));
  return depth;
}

bool is_same_kind(const Sequence& a, const Sequence& b) {
  return a.is_tuple == b.is_tuple && a.range.empty() == b.range.empty();
}

}  // namespace

Value::Value(Items items, bool is_tuple) : Value(Sequence{std::move(items), is_tuple}) {}

Value::Value(Sequence sequence) {
  spend(sequence.items.size() / 16);
  sequence.depth = depth_around(sequence.items);
  data_ = std::make_shared<const Sequence>(std::move(sequence));
}

Value::Value(std::shared_ptr<Stream> stream) {
  spend(stream->items.size() / 16);
  stream->depth = depth_around(stream->items);
  data_ = std::move(stream);
}

int Value::depth() const {
  if (const Sequence* held = sequence()) return held->depth;
  if (const Stream* held = stream()) return held->depth;
  if (const Dict* held = dict()) return held->depth;
  if (const Callable* held = callable()) return held->depth;
  return 0;
}

int depth_around(const Value& value) {
  const int depth = value.depth() + 1;
  if (depth > deepest) throw TemplateError("a value is nested too deeply");
  return depth;
}

Limit::Limit(std::size_t most) {
  steps_left = most;
  is_limited = true;
}

Limit::~Limit() { is_limited = false; }

void spend(std::size_t steps) {
  if (!is_limited) return;
  if (steps > steps_left) throw TemplateError("it takes too long");
  steps_left -= steps;
}

void Stream::take(std::size_t count) {
  if (!is_view) taken = count < items.size() ? Taken::Part : Taken::All;
}

Value generator_value(Items items) {
  return std::make_shared<Stream>(Stream{.items = std::move(items)});
}

Value view_value(Items items) {
  return std::make_shared<Stream>(Stream{.items = std::move(items), .is_view = true});
}

std::optional<double> Value::number() const {
  if (const double* x = real()) return *x;
  if (const std::optional<std::int64_t> x = whole()) return static_cast<double>(*x);
  return std::nullopt;
}

std::optional<std::int64_t> Value::whole() const {
  if (const std::int64_t* x = integer()) return *x;
  if (const bool* x = boolean()) return *x ? 1 : 0;
  return std::nullopt;
}

const Value* Dict::find(const Value& key) const {
  for (const auto& [name, value] : items)
    if (equal(name, key)) return &value;
  return nullptr;
}

const Value* Dict::find(std::string_view key) const { return find(text_value(key)); }

void Dict::set(const Value& key, Value value) {
  if (!is_namespace) depth = std::max({depth, depth_around(key), depth_around(value)});
  for (auto& [name, old] : items)
    if (equal(name, key)) {
      old = std::move(value);
      return;
    }
  items.emplace_back(key, std::move(value));
}

void Dict::set(std::string_view key, Value value) { set(text_value(key), std::move(value)); }

Text text_of(std::string_view utf8) { return unicode::decoded(utf8); }

std::string utf8_of(std::u32string_view text) {
  Text plain(text);
  for (char32_t& c : plain) c = character(c);
  return unicode::encoded(plain);
}

Value text_value(std::string_view utf8) { return text_of(utf8); }

Value dict_value(std::vector<std::pair<Value, Value>> items) {
  auto dict = std::make_shared<Dict>();
  for (auto& [key, value] : items) dict->set(key, std::move(value));
  return dict;
}

bool same_text(std::u32string_view a, std::u32string_view b) {
  if (a.size() == b.size()) spend(a.size() / 64);
  return std::ranges::equal(a, b, {}, character, character);
}

bool is_true(const Value& value) {
  if (value.is_undefined() || value.is_none()) return false;
  if (const std::optional<double> x = value.number()) return *x != 0;
  if (const Text* text = value.text()) return !text->empty();
  if (const Sequence* sequence = value.sequence()) return !sequence->items.empty();
  if (const Stream* stream = value.stream()) return !stream->is_view || !stream->items.empty();
  if (const Dict* dict = value.dict()) return dict->is_namespace || !dict->items.empty();
  return true;
}

bool equal(const Value& a, const Value& b) {
  spend(1);
  if (a.is_undefined() || b.is_undefined()) return a.is_undefined() && b.is_undefined();
  if (a.is_none() || b.is_none()) return a.is_none() && b.is_none();
  if (a.whole() && b.whole()) return *a.whole() == *b.whole();
  if (a.number() && b.number()) return *a.number() == *b.number();
  if (a.text() && b.text()) return same_text(*a.text(), *b.text());
  if (const Sequence* x = a.sequence(), *y = b.sequence(); x && y)
    return is_same_kind(*x, *y) && std::ranges::equal(x->items, y->items, equal);
  if (const Dict* x = a.dict(), *y = b.dict(); x && y) {
    if (x == y) return true;
    if (x->is_namespace || y->is_namespace || x->items.size() != y->items.size()) return false;
    return std::ranges::all_of(x->items, [&](const auto& item) {
      const Value* other = y->find(item.first);
      return other && equal(item.second, *other);
    });
  }
  if (const Stream* x = a.stream(), *y = b.stream(); x && y) {
    if (x != y && x->is_view && y->is_view)
      throw TemplateError("comparing the keys or items of dicts is not supported");
    return x == y;
  }
  return a.callable() && a.callable() == b.callable();
}

bool less(const Value& a, const Value& b) {
  spend(1);
  if (a.whole() && b.whole()) return *a.whole() < *b.whole();
  if (a.number() && b.number()) return *a.number() < *b.number();
  if (a.text() && b.text()) spend(std::min(a.text()->size(), b.text()->size()) / 64);
  if (a.text() && b.text())
    return std::ranges::lexicographical_compare(*a.text(), *b.text(), {}, character, character);
  if (const Sequence* x = a.sequence(), *y = b.sequence();
      x && y && is_same_kind(*x, *y) && x->range.empty())
    for (std::size_t i = 0;; ++i) {
      if (i == y->items.size()) return false;
      if (i == x->items.size()) return true;
      if (!equal(x->items[i], y->items[i])) return less(x->items[i], y->items[i]);
    }
  throw TemplateError("'<' not supported between instances of '" + type_name(a) + "' and '" +
                      type_name(b) + "'");
}

void check_key(const Value& value) {
  spend(1);
  const Sequence* sequence = value.sequence();
  if ((value.dict() && !value.dict()->is_namespace) ||
      (sequence && !sequence->is_tuple && sequence->range.empty()) ||
      (value.stream() && value.stream()->is_view))
    throw TemplateError("unhashable type: '" + type_name(value) + "'");
  if (sequence) std::ranges::for_each(sequence->items, check_key);
}

std::string type_name(const Value& value) {
  if (value.is_undefined()) return "Undefined";
  if (value.is_none()) return "NoneType";
  if (value.boolean()) return "bool";
  if (value.integer()) return "int";
  if (value.real()) return "float";
  if (value.text()) return "str";
  if (value.sequence() && !value.sequence()->range.empty()) return "range";
  if (value.sequence()) return value.sequence()->is_tuple ? "tuple" : "list";
  if (value.stream()) return value.stream()->is_view ? "dict view" : "generator";
  if (value.dict()) return value.dict()->is_namespace ? "Namespace" : "dict";
  return "function";
}

Items items_of(const Value& value) {
  if (value.is_undefined()) return {};
  if (const Sequence* sequence = value.sequence()) {
    spend(sequence->items.size() / 16);
    return sequence->items;
  }
  if (Stream* stream = value.stream()) {
    if (stream->taken == Stream::Taken::Part)
      throw TemplateError("the rest of a generator is not supported; make it a list");
    if (stream->taken == Stream::Taken::All) return {};
    stream->take(stream->items.size());
    return stream->items;
  }
  Items items;
  if (const Text* text = value.text()) {
    for (const char32_t c : *text) items.push_back(Text(1, c));
    return items;
  }
  if (const Dict* dict = value.dict(); dict && !dict->is_namespace) {
    for (const auto& [key, unused] : dict->items) items.push_back(key);
    return items;
  }
  throw TemplateError("'" + type_name(value) + "' object is not iterable");
}

}  // namespace trainbus::chat
