// A parsed template.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/chat/value.hpp"

namespace trainbus::chat {

enum class Kind {
  // Expressions; a, b, …: the parts.
  Constant,    // value
  Name,        // name
  List,        // [a, b]
  Tuple,       // (a, b)
  Dict,        // {a: b, …}
  Attribute,   // a.name
  Item,        // a[b]
  Slice,       // a[b:c:d], any of b to d may be null
  Call,        // a(arguments)
  Filter,      // a | name(arguments)
  Test,        // a is name(arguments)
  Unary,       // name a: "not", "-", "+"
  Binary,      // a name b: "and", "or", "+", "~", …
  Comparison,  // a names[0] b names[1] c …
  Condition,   // a if b else c; c may be null
  Captured,    // the text that a filter or set block has made
  // Statements.
  Body,         // a b …
  Data,         // value, printed
  Output,       // {{ a }}
  If,           // condition, body, condition, body, …; an odd last body is else's
  For,          // names in a, if b; body c; else d; b and d may be null
  Set,          // names = a; or names[0].name = a
  SetBlock,     // names[0] = the text of body a, through the filters b, which may be null
  Macro,        // name(names, with the defaults of the last `arguments`); body a
  FilterBlock,  // the text of body a through the filters b
  With,         // names[i] = parts[i]; the last part is the body
  Break,
  Continue,
};

struct Node;
using NodePtr = std::unique_ptr<Node>;

struct Argument {
  std::string name;  // empty: by its place
  NodePtr value;
};

struct Node {
  Kind kind;
  std::uint32_t line;
  std::string name = {};
  Value value = {};
  std::vector<std::string> names = {};
  std::vector<NodePtr> parts = {};
  std::vector<Argument> arguments = {};
};

}  // namespace trainbus::chat
