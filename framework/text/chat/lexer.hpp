// A template's text as tokens: the text between the tags, with the white space that Jinja takes
// away, and what is in the tags.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/chat/value.hpp"

namespace trainbus::chat {

struct Token {
  enum class Type {
    Data,           // text
    BlockBegin,     // {%
    BlockEnd,       // %}
    VariableBegin,  // {{
    VariableEnd,    // }}
    Name,
    String,  // text
    Integer,
    Float,
    Operator,  // name: "==", "//", …
    End,
  };
  Type type = Type::End;
  std::uint32_t line = 1;
  std::string name;  // of names and operators
  Text text;
  std::int64_t integer = 0;
  double real = 0;
};

// A mistake in the template's text.
struct SyntaxError : std::runtime_error {
  SyntaxError(const std::string& what, std::uint32_t at) : std::runtime_error(what), line(at) {}
  std::uint32_t line;
};

// As Jinja 3.1 with trim_blocks and lstrip_blocks, which is how transformers reads chat templates.
// The last token is End. Throws SyntaxError.
std::vector<Token> tokens_of(std::string_view source);

}  // namespace trainbus::chat
