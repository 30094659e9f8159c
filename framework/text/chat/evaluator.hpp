// Renders a parsed template.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "text/chat/calls.hpp"
#include "text/chat/node.hpp"

namespace trainbus::chat {

// The names that are set in one place: the template, an iteration of a loop, a macro's call.
using Scope = std::map<std::string, Value, std::less<>>;

class Evaluator {
 public:
  explicit Evaluator(Scope globals);
  ~Evaluator();
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  // What the template prints. Throws TemplateError, also where it takes too long, prints too much
  // or calls itself too deeply.
  Text render(const Node& body);
  // Where it was, for messages.
  std::uint32_t line() const { return line_; }

 private:
  enum class Flow { Next, Break, Continue };
  class Depth;

  Value evaluate(const Node& node);
  Value evaluate_or(const NodePtr& node, Value otherwise);
  Value name(const std::string& name) const;
  static bool makes_markup(const Node& node);
  Value filter(const Node& node);
  Value unary(const Node& node);
  Value binary(const Node& node);
  Value comparison(const Node& node);
  Value condition(const Node& node);
  Value call(const Node& node);
  Value dict(const Node& node);
  Items all(const std::vector<NodePtr>& nodes);
  Arguments arguments(const Node& node);

  Flow execute(const Node& node);
  Flow body(const Node& node);
  Flow choose(const Node& node);
  Flow loop(const Node& node);
  Flow with(const Node& node);
  void set(const Node& node);
  void define_macro(const Node& node);
  Value call_macro(const Node& node, const std::vector<std::shared_ptr<Scope>>& scopes,
                   const Arguments& arguments);
  // The text that a body prints, in a scope of its own.
  Text captured(const Node& body);
  Text through_filters(Text text, const NodePtr& filters);
  void bind(const std::vector<std::string>& names, const Value& value);
  void print(const Text& text);
  static void spend_size(const Value& value);

  Limit limit_;
  std::vector<std::shared_ptr<Scope>> scopes_;  // the innermost last
  // What may hold itself: scopes with macros, which hold their scopes, and namespaces.
  std::vector<std::shared_ptr<Scope>> with_macros_;
  Items namespaces_;
  Text* out_ = nullptr;
  Value captured_;
  int depth_ = 0;
  std::uint32_t line_ = 1;
};

}  // namespace trainbus::chat
