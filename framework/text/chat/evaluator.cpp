#include "text/chat/evaluator.hpp"

#include "text/chat/operators.hpp"
#include "text/chat/python_text.hpp"

namespace trainbus::chat {
namespace {

constexpr std::size_t most_work = 10'000'000;  // nodes, and characters / 64: some seconds
constexpr int deepest = 600;

}  // namespace

class Evaluator::Depth {
 public:
  explicit Depth(Evaluator& evaluator) : evaluator_(evaluator) {
    if (++evaluator_.depth_ > deepest) {
      --evaluator_.depth_;
      throw TemplateError("it calls itself too deeply");
    }
  }
  ~Depth() { --evaluator_.depth_; }

 private:
  Evaluator& evaluator_;
};

Evaluator::Evaluator(Scope globals) : limit_(most_work) {
  scopes_.push_back(std::make_shared<Scope>(std::move(globals)));
  scopes_.push_back(std::make_shared<Scope>());
}

Evaluator::~Evaluator() {
  for (const std::shared_ptr<Scope>& scope : with_macros_) scope->clear();
  for (const Value& each : namespaces_) each.dict()->items.clear();
}

Text Evaluator::render(const Node& whole) {
  Text text;
  out_ = &text;
  body(whole);
  return text;
}

void Evaluator::spend_size(const Value& value) {
  if (const Text* text = value.text()) spend(text->size() / 64);
  if (const Sequence* sequence = value.sequence()) spend(sequence->items.size());
  if (const Stream* stream = value.stream()) spend(stream->items.size());
}

void Evaluator::print(const Text& text) {
  spend(text.size() / 64);
  *out_ += text;
  if (out_->size() > most_characters) throw TemplateError("it prints too much");
}

Value Evaluator::name(const std::string& name) const {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope)
    if (const auto found = (*scope)->find(name); found != (*scope)->end()) return found->second;
  return Undefined{"'" + name + "' is undefined"};
}

Value Evaluator::evaluate_or(const NodePtr& node, Value otherwise) {
  return node ? evaluate(*node) : std::move(otherwise);
}

Items Evaluator::all(const std::vector<NodePtr>& nodes) {
  Items items;
  for (const NodePtr& node : nodes) items.push_back(evaluate(*node));
  return items;
}

Arguments Evaluator::arguments(const Node& node) {
  Arguments given;
  for (const Argument& argument : node.arguments) {
    Value value = evaluate(*argument.value);
    if (argument.name.empty())
      given.positional.push_back(std::move(value));
    else
      given.named.emplace_back(argument.name, std::move(value));
  }
  return given;
}

Value Evaluator::evaluate(const Node& node) {
  const Depth depth(*this);
  spend(1);
  line_ = node.line;
  const auto part = [&](std::size_t i) -> const Node& { return *node.parts[i]; };
  switch (node.kind) {
    case Kind::Constant:
      return node.value;
    case Kind::Name:
      return name(node.name);
    case Kind::List:
      return Value(all(node.parts));
    case Kind::Tuple:
      return Value(all(node.parts), true);
    case Kind::Dict:
      return dict(node);
    case Kind::Attribute: {
      const Value value = evaluate(part(0));
      spend_size(value);
      return attribute(value, node.name);
    }
    case Kind::Item: {
      const Value value = evaluate(part(0));
      return item(value, evaluate(part(1)));
    }
    case Kind::Slice: {
      const Value value = evaluate(part(0)), begin = evaluate_or(node.parts[1], None());
      const Value end = evaluate_or(node.parts[2], None());
      return slice(value, begin, end, evaluate_or(node.parts[3], None()));
    }
    case Kind::Call:
      return call(node);
    case Kind::Filter:
      // In Python, what is joined to it would be escaped too.
      if (makes_markup(node))
        throw TemplateError("the filter '" + node.name +
                            "' is not supported but at the end of what is printed");
      return filter(node);
    case Kind::Test: {
      const Value value = evaluate(part(0));
      return Value(passes(node.name, value, arguments(node)));
    }
    case Kind::Unary:
      return unary(node);
    case Kind::Binary:
      return binary(node);
    case Kind::Comparison:
      return comparison(node);
    case Kind::Condition:
      return condition(node);
    case Kind::Captured:
      return captured_;
    default:
      throw TemplateError("a statement stands where a value is expected");
  }
}

bool Evaluator::makes_markup(const Node& node) {
  return node.kind == Kind::Filter &&
         (node.name == "safe" || node.name == "e" || node.name == "escape");
}

Value Evaluator::filter(const Node& node) {
  const Value value = evaluate(*node.parts[0]);
  const Arguments given = arguments(node);
  line_ = node.line;
  Value result = filtered(node.name, value, given);
  spend_size(result);
  return result;
}

Value Evaluator::dict(const Node& node) {
  std::vector<std::pair<Value, Value>> items;
  for (std::size_t i = 0; i < node.parts.size(); i += 2) {
    Value key = evaluate(*node.parts[i]);
    check_key(key);
    items.emplace_back(std::move(key), evaluate(*node.parts[i + 1]));
  }
  return dict_value(std::move(items));
}

Value Evaluator::unary(const Node& node) {
  const Value value = evaluate(*node.parts[0]);
  line_ = node.line;
  if (node.name == "not") return Value(!is_true(value));
  return node.name == "-" ? negated(value) : negated(negated(value));
}

Value Evaluator::binary(const Node& node) {
  Value left = evaluate(*node.parts[0]);
  if (node.name == "and") return is_true(left) ? evaluate(*node.parts[1]) : left;
  if (node.name == "or") return is_true(left) ? left : evaluate(*node.parts[1]);
  const Value right = evaluate(*node.parts[1]);
  line_ = node.line;
  Value result = combined(node.name, left, right);
  spend_size(result);
  return result;
}

Value Evaluator::comparison(const Node& node) {
  Value left = evaluate(*node.parts[0]);
  for (std::size_t i = 0; i < node.names.size(); ++i) {
    Value right = evaluate(*node.parts[i + 1]);
    line_ = node.line;
    spend_size(right);
    if (!compares(node.names[i], left, right)) return Value(false);
    left = std::move(right);
  }
  return Value(true);
}

Value Evaluator::condition(const Node& node) {
  if (is_true(evaluate(*node.parts[1]))) return evaluate(*node.parts[0]);
  return evaluate_or(node.parts[2],
                     Undefined{"the inline if-expression evaluated to false and no else section "
                               "was defined"});
}

Value Evaluator::call(const Node& node) {
  const Value function = evaluate(*node.parts[0]);
  const Arguments given = arguments(node);
  line_ = node.line;
  if (function.is_undefined()) throw TemplateError(function.undefined());
  const Callable* callable = function.callable();
  if (!callable) throw TemplateError("'" + type_name(function) + "' object is not callable");
  Value result = callable->call(given);
  if (result.dict() && result.dict()->is_namespace) namespaces_.push_back(result);
  spend_size(result);
  return result;
}

}  // namespace trainbus::chat
