// The values of chat templates: those of Python that Jinja's templates work with.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace trainbus::chat {

// Code points. Those that came in with the messages, and not with the template, have the bit
// `from_message`, through every operation: they are never control tokens.
using Text = std::u32string;
inline constexpr char32_t from_message = 0x80000000;
inline char32_t character(char32_t c) { return c & ~from_message; }

// What a template does that cannot be done; ChatTemplate adds where.
struct TemplateError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// While it lives, what is computed on this thread counts; beyond `most` steps it throws
// TemplateError. One at a time on a thread.
class Limit {
 public:
  explicit Limit(std::size_t most);
  ~Limit();
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;
};
// Steps are about as long as the evaluation of a name; 64 characters are one.
void spend(std::size_t steps);

class Value;
using Items = std::vector<Value>;
struct Sequence;
struct Stream;
struct Dict;
struct Callable;

struct Undefined {
  Undefined(std::string text = {}) : what(std::make_shared<const std::string>(std::move(text))) {}
  std::shared_ptr<const std::string> what;  // "'tools' is undefined"
};
struct None {};

// Immutable but for namespaces; copies share what they hold. Values that hold others are not nested
// more than 100 deep: making them throws TemplateError.
class Value {
 public:
  Value() : data_(Undefined{"a value is undefined"}) {}
  Value(Undefined undefined) : data_(std::move(undefined)) {}
  Value(None none) : data_(none) {}
  explicit Value(bool truth) : data_(truth) {}
  explicit Value(std::int64_t number) : data_(number) {}
  explicit Value(double number) : data_(number) {}
  Value(Text text) : data_(std::make_shared<const Text>(std::move(text))) {}
  Value(Items items, bool is_tuple = false);
  Value(Sequence sequence);
  Value(std::shared_ptr<Stream> stream);
  Value(std::shared_ptr<Dict> dict) : data_(std::move(dict)) {}
  Value(std::shared_ptr<const Callable> callable) : data_(std::move(callable)) {}

  bool is_undefined() const { return std::holds_alternative<Undefined>(data_); }
  bool is_none() const { return std::holds_alternative<None>(data_); }
  const std::string& undefined() const { return *std::get<Undefined>(data_).what; }
  // Null, or nothing, if the value is of another type. A bool is no integer here.
  const bool* boolean() const { return std::get_if<bool>(&data_); }
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&data_); }
  const double* real() const { return std::get_if<double>(&data_); }
  const Text* text() const { return pointee<const Text>(); }
  const Sequence* sequence() const { return pointee<const Sequence>(); }
  Stream* stream() const { return pointee<Stream>(); }
  Dict* dict() const { return pointee<Dict>(); }
  const Callable* callable() const { return pointee<const Callable>(); }
  // The number of a bool, an integer or a float.
  std::optional<double> number() const;
  // The integer of a bool or an integer.
  std::optional<std::int64_t> whole() const;
  // Of values within values; namespaces count as 0, since they may hold themselves.
  int depth() const;

 private:
  template <class T>
  T* pointee() const {
    const auto* found = std::get_if<std::shared_ptr<T>>(&data_);
    return found ? found->get() : nullptr;
  }
  std::variant<Undefined, None, bool, std::int64_t, double, std::shared_ptr<const Text>,
               std::shared_ptr<const Sequence>, std::shared_ptr<Stream>, std::shared_ptr<Dict>,
               std::shared_ptr<const Callable>>
      data_;
};

struct Sequence {
  Items items;
  bool is_tuple = false;
  std::string range = {};  // how Python writes it; of ranges
  int depth = 0;
};

// What map, select and other filters give: a generator in Python, which is true even if it is
// empty, has no length, and is gone through once. Or a dict's keys, values or items: a view.
struct Stream {
  Items items;
  bool is_view = false;
  enum class Taken { Nothing, Part, All } taken = Taken::Nothing;
  int depth = 0;

  // The items from the first on were gone through, so many of them. Views do not change.
  void take(std::size_t count);
};
Value generator_value(Items items);
Value view_value(Items items);

// In the order of insertion.
struct Dict {
  std::vector<std::pair<Value, Value>> items;
  bool is_namespace = false;  // the one kind that templates may change
  int depth = 0;
  const Value* find(const Value& key) const;
  const Value* find(std::string_view key) const;
  void set(const Value& key, Value value);
  void set(std::string_view key, Value value);
};

struct Arguments {
  Items positional;
  std::vector<std::pair<std::string, Value>> named;
};

struct Callable {
  std::string name;
  std::function<Value(const Arguments&)> call;
  int depth = 0;
};

// The depth of what holds such a value. Throws TemplateError beyond 100.
int depth_around(const Value& value);

// The template's own text.
Text text_of(std::string_view utf8);
// UTF-8, without the marks.
std::string utf8_of(std::u32string_view text);
Value text_value(std::string_view utf8);
Value dict_value(std::vector<std::pair<Value, Value>> items);

bool is_true(const Value& value);
bool equal(const Value& a, const Value& b);
// Texts by code points, numbers, and lists of them. Throws TemplateError for others, as Python
// does.
bool less(const Value& a, const Value& b);
// Throws TemplateError for what is no key of a dict: lists, dicts, tuples of them.
void check_key(const Value& value);
// "str", "int", … for messages.
std::string type_name(const Value& value);
bool same_text(std::u32string_view a, std::u32string_view b);

// What a loop goes through: the items of a sequence, the keys of a dict, the characters of a text,
// nothing of what is undefined. A generator is empty then. Throws TemplateError for others, and for
// what is left of a generator.
Items items_of(const Value& value);

}  // namespace trainbus::chat
