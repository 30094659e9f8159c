#include "text/chat/expressions.hpp"

#include <algorithm>

namespace trainbus::chat {
namespace {

constexpr int deepest = 100;

std::string shown(const Token& token) {
  switch (token.type) {
    case Token::Type::End:
      return "the end";
    case Token::Type::BlockEnd:
      return "%}";
    case Token::Type::VariableEnd:
      return "}}";
    case Token::Type::Data:
    case Token::Type::BlockBegin:
    case Token::Type::VariableBegin:
      return "text";
    case Token::Type::String:
      return "\"" + utf8_of(token.text) + "\"";
    case Token::Type::Integer:
    case Token::Type::Float:
      return "a number";
    default:
      return "'" + token.name + "'";
  }
}

}  // namespace

void TokenStream::refuse(const std::string& expected) const {
  throw SyntaxError("found " + shown(current()) + ", expected " + expected, line());
}

void TokenStream::expect(Token::Type type, const char* what) {
  if (!is(type)) refuse(what);
  next();
}

void TokenStream::expect_operator(std::string_view name) {
  if (!skip_operator(name)) refuse("'" + std::string(name) + "'");
}

std::string TokenStream::expect_name() {
  if (!is(Token::Type::Name)) refuse("a name");
  return next().name;
}

// Counts the nesting while it lives.
class ExpressionParser::Depth {
 public:
  explicit Depth(ExpressionParser& parser) : parser_(parser) {
    if (++parser_.depth_ > deepest)
      throw SyntaxError("an expression is nested too deeply", parser_.tokens_.line());
  }
  ~Depth() { --parser_.depth_; }

 private:
  ExpressionParser& parser_;
};

NodePtr ExpressionParser::make(Kind kind, std::uint32_t line, std::string name) const {
  auto node = std::make_unique<Node>(Node{.kind = kind, .line = line});
  node->name = std::move(name);
  return node;
}

bool ExpressionParser::ends_tuple() const {
  return tokens_.is(Token::Type::BlockEnd) || tokens_.is(Token::Type::VariableEnd) ||
         tokens_.is_operator(")");
}

NodePtr ExpressionParser::tuple(bool conditional) {
  const std::uint32_t line = tokens_.line();
  NodePtr first = expression(conditional);
  if (!tokens_.is_operator(",")) return first;
  NodePtr all = make(Kind::Tuple, line);
  all->parts.push_back(std::move(first));
  while (tokens_.skip_operator(",")) {
    if (ends_tuple()) break;
    all->parts.push_back(expression(conditional));
  }
  return all;
}

NodePtr ExpressionParser::expression(bool conditional) {
  const Depth depth(*this);
  NodePtr value = disjunction();
  while (conditional && tokens_.is_word("if")) {
    NodePtr choice = make(Kind::Condition, tokens_.line());
    tokens_.next();
    NodePtr condition = disjunction();
    NodePtr otherwise = tokens_.skip_word("else") ? expression() : nullptr;
    choice->parts.push_back(std::move(value));
    choice->parts.push_back(std::move(condition));
    choice->parts.push_back(std::move(otherwise));
    value = std::move(choice);
  }
  return value;
}

NodePtr ExpressionParser::binary(Level next, std::initializer_list<std::string_view> words,
                                 bool is_words) {
  NodePtr left = (this->*next)();
  while (true) {
    const auto found = std::ranges::find_if(words, [&](std::string_view word) {
      return is_words ? tokens_.is_word(word) : tokens_.is_operator(word);
    });
    if (found == words.end()) return left;
    NodePtr node = make(Kind::Binary, tokens_.line(), std::string(*found));
    tokens_.next();
    node->parts.push_back(std::move(left));
    node->parts.push_back((this->*next)());
    left = std::move(node);
  }
}

NodePtr ExpressionParser::disjunction() {
  return binary(&ExpressionParser::conjunction, {"or"}, true);
}
NodePtr ExpressionParser::conjunction() {
  return binary(&ExpressionParser::negation, {"and"}, true);
}

NodePtr ExpressionParser::negation() {
  if (!tokens_.is_word("not")) return comparison();
  const Depth depth(*this);
  NodePtr node = make(Kind::Unary, tokens_.line(), "not");
  tokens_.next();
  node->parts.push_back(negation());
  return node;
}

NodePtr ExpressionParser::comparison() {
  const std::uint32_t line = tokens_.line();
  NodePtr first = sum();
  NodePtr chain;
  while (true) {
    std::string sign;
    for (const char* known : {"==", "!=", "<=", ">=", "<", ">"})
      if (tokens_.is_operator(known)) sign = known;
    if (!sign.empty()) {
      tokens_.next();
    } else if (tokens_.skip_word("in")) {
      sign = "in";
    } else if (tokens_.is_word("not")) {
      tokens_.next();
      if (!tokens_.skip_word("in")) tokens_.refuse("'in' behind 'not'");
      sign = "not in";
    } else {
      return chain ? std::move(chain) : std::move(first);
    }
    if (!chain) {
      chain = make(Kind::Comparison, line);
      chain->parts.push_back(std::move(first));
    }
    chain->names.push_back(sign);
    chain->parts.push_back(sum());
  }
}

NodePtr ExpressionParser::sum() {
  return binary(&ExpressionParser::concatenation, {"+", "-"}, false);
}
NodePtr ExpressionParser::concatenation() {
  return binary(&ExpressionParser::product, {"~"}, false);
}
NodePtr ExpressionParser::product() {
  return binary(&ExpressionParser::power, {"*", "/", "//", "%"}, false);
}
NodePtr ExpressionParser::power() { return binary(&ExpressionParser::unary, {"**"}, false); }

NodePtr ExpressionParser::signed_value(bool with_filters) {
  const Depth depth(*this);
  NodePtr value;
  if (tokens_.is_operator("-") || tokens_.is_operator("+")) {
    value = make(Kind::Unary, tokens_.line(), tokens_.current().name);
    tokens_.next();
    value->parts.push_back(signed_value(false));
  } else {
    value = primary();
  }
  value = postfix(std::move(value));
  while (with_filters) {
    if (tokens_.skip_operator("|"))
      value = filters(std::move(value));
    else if (tokens_.skip_word("is"))
      value = test(std::move(value));
    else if (tokens_.is_operator("("))
      value = postfix(std::move(value));
    else
      break;
  }
  return value;
}

NodePtr ExpressionParser::primary() {
  const Token& token = tokens_.current();
  const std::uint32_t line = token.line;
  NodePtr node = make(Kind::Constant, line);
  switch (token.type) {
    case Token::Type::Name:
      return word();
    case Token::Type::String: {
      Text text;
      while (tokens_.is(Token::Type::String)) text += tokens_.next().text;
      node->value = std::move(text);
      return node;
    }
    case Token::Type::Integer:
      node->value = Value(tokens_.next().integer);
      return node;
    case Token::Type::Float:
      node->value = Value(tokens_.next().real);
      return node;
    default:
      break;
  }
  if (tokens_.skip_operator("(")) return in_parentheses();
  if (tokens_.skip_operator("[")) return items(Kind::List, "]");
  if (tokens_.skip_operator("{")) return dict();
  tokens_.refuse("a value");
}

NodePtr ExpressionParser::word() {
  const std::uint32_t line = tokens_.line();
  const std::string name = tokens_.next().name;
  NodePtr node = make(Kind::Constant, line);
  if (name == "true" || name == "True")
    node->value = Value(true);
  else if (name == "false" || name == "False")
    node->value = Value(false);
  else if (name == "none" || name == "None")
    node->value = None();
  else
    return make(Kind::Name, line, name);
  return node;
}

NodePtr ExpressionParser::items(Kind kind, std::string_view close) {
  NodePtr node = make(kind, tokens_.line());
  while (!tokens_.is_operator(close)) {
    if (!node->parts.empty()) tokens_.expect_operator(",");
    if (tokens_.is_operator(close)) break;
    node->parts.push_back(expression());
  }
  tokens_.next();
  return node;
}

// () is the empty tuple, (a) is a.
NodePtr ExpressionParser::in_parentheses() {
  if (tokens_.is_operator(")")) return items(Kind::Tuple, ")");
  NodePtr node = tuple();
  tokens_.expect_operator(")");
  return node;
}

NodePtr ExpressionParser::dict() {
  NodePtr node = make(Kind::Dict, tokens_.line());
  while (!tokens_.is_operator("}")) {
    if (!node->parts.empty()) tokens_.expect_operator(",");
    if (tokens_.is_operator("}")) break;
    node->parts.push_back(expression());
    tokens_.expect_operator(":");
    node->parts.push_back(expression());
  }
  tokens_.next();
  return node;
}

NodePtr ExpressionParser::postfix(NodePtr value) {
  while (true) {
    const std::uint32_t line = tokens_.line();
    if (tokens_.skip_operator(".")) {
      NodePtr node = make(Kind::Attribute, line);
      node->parts.push_back(std::move(value));
      if (tokens_.is(Token::Type::Integer)) {
        node->kind = Kind::Item;
        node->parts.push_back(primary());
      } else {
        node->name = tokens_.expect_name();
      }
      value = std::move(node);
    } else if (tokens_.skip_operator("[")) {
      value = subscript(std::move(value));
    } else if (tokens_.skip_operator("(")) {
      NodePtr node = make(Kind::Call, line);
      node->parts.push_back(std::move(value));
      node->arguments = arguments();
      value = std::move(node);
    } else {
      return value;
    }
  }
}

NodePtr ExpressionParser::subscript(NodePtr value) {
  NodePtr node = make(Kind::Slice, tokens_.line());
  node->parts.push_back(std::move(value));
  NodePtr first = tokens_.is_operator(":") ? nullptr : expression();
  if (first && !tokens_.is_operator(":")) {
    tokens_.expect_operator("]");
    node->kind = Kind::Item;
    node->parts.push_back(std::move(first));
    return node;
  }
  node->parts.push_back(std::move(first));
  for (int bound = 0; bound < 2; ++bound) {
    const bool given =
        tokens_.skip_operator(":") && !tokens_.is_operator(":") && !tokens_.is_operator("]");
    node->parts.push_back(given ? expression() : nullptr);
  }
  tokens_.expect_operator("]");
  return node;
}

std::vector<Argument> ExpressionParser::arguments() {
  std::vector<Argument> all;
  while (!tokens_.is_operator(")")) {
    if (!all.empty()) tokens_.expect_operator(",");
    if (tokens_.is_operator(")")) break;
    if (tokens_.is_operator("*") || tokens_.is_operator("**"))
      throw SyntaxError("lists of arguments (*, **) are not supported", tokens_.line());
    Argument argument{"", expression()};
    if (tokens_.is_operator("=") && argument.value->kind == Kind::Name) {
      tokens_.next();
      argument = {argument.value->name, expression()};
    } else if (!all.empty() && !all.back().name.empty()) {
      throw SyntaxError("an argument without a name follows one with a name", tokens_.line());
    }
    all.push_back(std::move(argument));
  }
  tokens_.next();
  return all;
}

NodePtr ExpressionParser::filters(NodePtr input) {
  do {
    NodePtr node = make(Kind::Filter, tokens_.line());
    node->name = tokens_.expect_name();
    while (tokens_.skip_operator(".")) node->name += "." + tokens_.expect_name();
    node->parts.push_back(std::move(input));
    if (tokens_.skip_operator("(")) node->arguments = arguments();
    input = std::move(node);
  } while (tokens_.skip_operator("|"));
  return input;
}

NodePtr ExpressionParser::test(NodePtr value) {
  const bool negated = tokens_.skip_word("not");
  NodePtr node = make(Kind::Test, tokens_.line());
  node->name = tokens_.expect_name();
  node->parts.push_back(std::move(value));
  const auto takes_value = [&] {
    using Type = Token::Type;
    if (tokens_.is(Type::Name))
      return !tokens_.is_word("else") && !tokens_.is_word("or") && !tokens_.is_word("and");
    return tokens_.is(Type::String) || tokens_.is(Type::Integer) || tokens_.is(Type::Float) ||
           tokens_.is_operator("[") || tokens_.is_operator("{");
  };
  if (tokens_.skip_operator("(")) {
    node->arguments = arguments();
  } else if (takes_value()) {
    if (tokens_.is_word("is")) tokens_.refuse("no second 'is'");
    node->arguments.push_back({"", postfix(primary())});
  }
  if (!negated) return node;
  NodePtr opposite = make(Kind::Unary, node->line, "not");
  opposite->parts.push_back(std::move(node));
  return opposite;
}

}  // namespace trainbus::chat
