#include "text/chat/parser.hpp"

#include <algorithm>
#include <initializer_list>

#include "text/chat/expressions.hpp"

namespace trainbus::chat {
namespace {

constexpr int deepest = 60;

class Parser {
 public:
  explicit Parser(std::string_view source) : tokens_(tokens_of(source)), expressions_(tokens_) {}

  NodePtr run() {
    NodePtr body = statements({});
    if (!tokens_.is(Token::Type::End)) tokens_.refuse("the end of the template");
    return body;
  }

 private:
  using Words = std::initializer_list<std::string_view>;

  // Up to a tag with one of these words, which is then the current token.
  NodePtr statements(Words ends) {
    NodePtr body = expressions_.make(Kind::Body, tokens_.line());
    while (!tokens_.is(Token::Type::End)) {
      const std::uint32_t line = tokens_.line();
      if (tokens_.is(Token::Type::Data)) {
        NodePtr data = expressions_.make(Kind::Data, line);
        data->value = tokens_.next().text;
        body->parts.push_back(std::move(data));
      } else if (tokens_.is(Token::Type::VariableBegin)) {
        tokens_.next();
        NodePtr output = expressions_.make(Kind::Output, line);
        output->parts.push_back(expressions_.tuple());
        tokens_.expect(Token::Type::VariableEnd, "}}");
        body->parts.push_back(std::move(output));
      } else {
        tokens_.expect(Token::Type::BlockBegin, "a tag");
        if (std::ranges::any_of(ends, [&](auto word) { return tokens_.is_word(word); }))
          return body;
        body->parts.push_back(statement());
      }
    }
    if (ends.size() > 0) tokens_.refuse("{% " + std::string(*(ends.end() - 1)) + " %}");
    return body;
  }

  NodePtr statement() {
    if (++depth_ > deepest) throw SyntaxError("blocks are nested too deeply", tokens_.line());
    const std::uint32_t line = tokens_.line();
    const std::string tag = tokens_.expect_name();
    NodePtr node = statement(tag, line);
    end_tag();
    --depth_;
    return node;
  }

  void end_tag() { tokens_.expect(Token::Type::BlockEnd, "%}"); }

  NodePtr statement(const std::string& tag, std::uint32_t line) {
    if (tag == "if") return choice(line);
    if (tag == "for") return loop(line);
    if (tag == "set") return assignment(line);
    if (tag == "macro") return macro(line);
    if (tag == "with") return with(line);
    if (tag == "filter") return filter(line);
    if (tag == "generation") {  // transformers marks the assistant's tokens with it
      NodePtr body = rest({"endgeneration"});
      return body;
    }
    if (tag == "break" || tag == "continue") {
      if (loops_ == 0) throw SyntaxError("'" + tag + "' outside of a loop", line);
      return expressions_.make(tag == "break" ? Kind::Break : Kind::Continue, line);
    }
    throw SyntaxError("the tag '" + tag + "' is not supported", line);
  }

  // The end of this tag, a body, and the beginning of the tag that ends it.
  NodePtr rest(Words ends) {
    end_tag();
    NodePtr body = statements(ends);
    if (ends.size() == 1) tokens_.next();
    return body;
  }

  NodePtr choice(std::uint32_t line) {
    NodePtr node = expressions_.make(Kind::If, line);
    while (true) {
      node->parts.push_back(expressions_.tuple(false));
      node->parts.push_back(rest({"elif", "else", "endif"}));
      if (tokens_.skip_word("elif")) continue;
      if (tokens_.skip_word("else"))
        node->parts.push_back(rest({"endif"}));
      else
        tokens_.next();
      return node;
    }
  }

  // a, or a, b.
  std::vector<std::string> targets() {
    std::vector<std::string> names;
    const bool in_parentheses = tokens_.skip_operator("(");
    do {
      if (tokens_.is_operator("("))
        throw SyntaxError("names within names are not supported", tokens_.line());
      names.push_back(tokens_.expect_name());
    } while (tokens_.skip_operator(","));
    if (in_parentheses) tokens_.expect_operator(")");
    return names;
  }

  NodePtr loop(std::uint32_t line) {
    NodePtr node = expressions_.make(Kind::For, line);
    node->names = targets();
    if (!tokens_.skip_word("in")) tokens_.refuse("'in'");
    node->parts.push_back(expressions_.tuple(false));
    node->parts.push_back(tokens_.skip_word("if") ? expressions_.expression() : nullptr);
    if (tokens_.is_word("recursive"))
      throw SyntaxError("recursive loops are not supported", tokens_.line());
    ++loops_;
    node->parts.push_back(rest({"else", "endfor"}));
    --loops_;
    const bool has_else = tokens_.skip_word("else");
    if (!has_else) tokens_.next();
    node->parts.push_back(has_else ? rest({"endfor"}) : nullptr);
    return node;
  }

  NodePtr assignment(std::uint32_t line) {
    NodePtr node = expressions_.make(Kind::Set, line);
    node->names = targets();
    if (node->names.size() == 1 && tokens_.skip_operator(".")) node->name = tokens_.expect_name();
    if (tokens_.skip_operator("=")) {
      node->parts.push_back(expressions_.tuple());
      return node;
    }
    if (!node->name.empty() || node->names.size() > 1) tokens_.refuse("'='");
    node->kind = Kind::SetBlock;
    NodePtr filters = filter_chain(tokens_.skip_operator("|"));
    node->parts.push_back(rest({"endset"}));
    node->parts.push_back(std::move(filters));
    return node;
  }

  NodePtr filter_chain(bool is_there) {
    if (!is_there) return nullptr;
    return expressions_.filters(expressions_.make(Kind::Captured, tokens_.line()));
  }

  NodePtr filter(std::uint32_t line) {
    NodePtr node = expressions_.make(Kind::FilterBlock, line);
    NodePtr filters = filter_chain(true);
    node->parts.push_back(rest({"endfilter"}));
    node->parts.push_back(std::move(filters));
    return node;
  }

  NodePtr macro(std::uint32_t line) {
    NodePtr node = expressions_.make(Kind::Macro, line, tokens_.expect_name());
    tokens_.expect_operator("(");
    while (!tokens_.is_operator(")")) {
      if (!node->names.empty()) tokens_.expect_operator(",");
      node->names.push_back(tokens_.expect_name());
      if (tokens_.skip_operator("="))
        node->arguments.push_back({node->names.back(), expressions_.expression()});
      else if (!node->arguments.empty())
        throw SyntaxError("a parameter without a default follows one with a default",
                          tokens_.line());
    }
    tokens_.next();
    const int loops = std::exchange(loops_, 0);
    node->parts.push_back(rest({"endmacro"}));
    loops_ = loops;
    return node;
  }

  NodePtr with(std::uint32_t line) {
    NodePtr node = expressions_.make(Kind::With, line);
    while (!tokens_.is(Token::Type::BlockEnd)) {
      if (!node->names.empty()) tokens_.expect_operator(",");
      node->names.push_back(tokens_.expect_name());
      tokens_.expect_operator("=");
      node->parts.push_back(expressions_.expression());
    }
    node->parts.push_back(rest({"endwith"}));
    return node;
  }

  TokenStream tokens_;
  ExpressionParser expressions_;
  int depth_ = 0, loops_ = 0;
};

}  // namespace

NodePtr parse(std::string_view source) { return Parser(source).run(); }

}  // namespace trainbus::chat
