// Values as Python writes them.
#pragma once

#include "text/chat/value.hpp"

namespace trainbus::chat {

// str(value): what a template prints. Throws TemplateError for functions.
Text printed(const Value& value);
// repr(value), as str() of a list shows its items.
Text quoted(const Value& value);

struct JsonStyle {
  std::optional<std::int64_t> indent;
  Text between, after_key;  // separators
  bool sort_keys = false;
};
// json.dumps(value, ensure_ascii=False, …). Throws TemplateError for what JSON does not have.
Text json_text(const Value& value, const JsonStyle& style);

// repr(float): the shortest digits, "1.0", "1e-05".
std::string number_text(double number);

}  // namespace trainbus::chat
