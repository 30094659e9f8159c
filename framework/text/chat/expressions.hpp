// Parses the expressions of chat templates.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "text/chat/lexer.hpp"
#include "text/chat/node.hpp"

namespace trainbus::chat {

// The tokens of a template, and what is asked of the next one.
class TokenStream {
 public:
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& current() const { return tokens_[at_]; }
  std::uint32_t line() const { return current().line; }
  bool is(Token::Type type) const { return current().type == type; }
  bool is_operator(std::string_view name) const {
    return is(Token::Type::Operator) && current().name == name;
  }
  bool is_word(std::string_view name) const {
    return is(Token::Type::Name) && current().name == name;
  }
  const Token& next() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool skip_operator(std::string_view name) { return is_operator(name) && (next(), true); }
  bool skip_word(std::string_view name) { return is_word(name) && (next(), true); }
  void expect(Token::Type type, const char* what);
  void expect_operator(std::string_view name);
  std::string expect_name();
  [[noreturn]] void refuse(const std::string& expected) const;

 private:
  std::vector<Token> tokens_;  // the last one is the end
  std::size_t at_ = 0;
};

class ExpressionParser {
 public:
  explicit ExpressionParser(TokenStream& tokens) : tokens_(tokens) {}

  // One expression, or several as a tuple. conditional: "a if b else c" is one.
  NodePtr tuple(bool conditional = true);
  NodePtr expression(bool conditional = true);
  // name(arguments) | name …, to be applied to `input`. The current token is the first name.
  NodePtr filters(NodePtr input);
  std::vector<Argument> arguments();  // behind "("

  NodePtr make(Kind kind, std::uint32_t line, std::string name = {}) const;

 private:
  class Depth;
  using Level = NodePtr (ExpressionParser::*)();
  NodePtr binary(Level next, std::initializer_list<std::string_view> words, bool is_words);
  NodePtr disjunction();
  NodePtr conjunction();
  NodePtr negation();
  NodePtr comparison();
  NodePtr sum();
  NodePtr concatenation();
  NodePtr product();
  NodePtr power();
  NodePtr unary() { return signed_value(true); }
  NodePtr signed_value(bool with_filters);
  NodePtr primary();
  NodePtr word();
  NodePtr items(Kind kind, std::string_view close);
  NodePtr in_parentheses();
  NodePtr dict();
  NodePtr postfix(NodePtr value);
  NodePtr subscript(NodePtr value);
  NodePtr test(NodePtr value);
  bool ends_tuple() const;

  TokenStream& tokens_;
  int depth_ = 0;
};

}  // namespace trainbus::chat
