// What a filter, a test or a method gets: its arguments by place or name.
#pragma once

#include <initializer_list>
#include <string_view>

#include "text/chat/value.hpp"

namespace trainbus::chat {

// The arguments in the order of the parameters; none where one is not given. Throws TemplateError
// for more arguments than parameters, and for unknown names.
class Given {
 public:
  Given(std::string_view function, const Arguments& arguments,
        std::initializer_list<std::string_view> parameters);

  const Value* operator[](std::size_t i) const { return values_[i]; }
  bool has(std::size_t i) const { return values_[i] != nullptr && !values_[i]->is_none(); }
  // Throw TemplateError for other types.
  std::int64_t integer(std::size_t i, std::int64_t otherwise) const;
  bool truth(std::size_t i, bool otherwise) const;
  Text text(std::size_t i, std::u32string_view otherwise) const;
  const Value& required(std::size_t i) const;

 private:
  std::string function_;
  std::vector<std::string> parameters_;
  std::vector<const Value*> values_;
};

// value | name(arguments). Throws TemplateError, also for filters that are not supported.
Value filtered(const std::string& name, const Value& value, const Arguments& arguments);
// value is name(arguments).
bool passes(const std::string& name, const Value& value, const Arguments& arguments);
// value.name, methods included; undefined if there is none.
Value attribute(const Value& value, const std::string& name);
// The method of this name of a text, a list or a dict; undefined if there is none.
Value method(const Value& value, const std::string& name);
// value[key].
Value item(const Value& value, const Value& key);
// value[begin:end:step]; bounds may be None.
Value slice(const Value& value, const Value& begin, const Value& end, const Value& step);

// Text without these characters, or without white space, at its ends. sides: 1 left, 2 right, 3
// both.
Text stripped(const Text& text, const Value* characters, int sides);
Text upper(const Text& text);
Text lower(const Text& text);
// str.title and Jinja's filter of this name differ in where words begin.
Text capitalized(const Text& text);
Text with_titles(const Text& text);
Text replaced(const Text& text, std::u32string_view old, std::u32string_view by, std::int64_t most);

}  // namespace trainbus::chat
