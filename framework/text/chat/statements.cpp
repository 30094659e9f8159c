// The statements of templates.
#include <algorithm>

#include "text/chat/evaluator.hpp"
#include "text/chat/python_text.hpp"

namespace trainbus::chat {
namespace {

constexpr int deepest = 600;

// A scope while it lives, of its own or of others that a macro was defined in.
class Inside {
 public:
  explicit Inside(std::vector<std::shared_ptr<Scope>>& scopes) : scopes_(scopes), before_(scopes) {
    scopes_.push_back(std::make_shared<Scope>());
  }
  Inside(std::vector<std::shared_ptr<Scope>>& scopes, std::vector<std::shared_ptr<Scope>> others)
      : scopes_(scopes), before_(std::exchange(scopes, std::move(others))) {
    scopes_.push_back(std::make_shared<Scope>());
  }
  ~Inside() { scopes_ = std::move(before_); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  std::vector<std::shared_ptr<Scope>>& scopes_;
  std::vector<std::shared_ptr<Scope>> before_;
};

Value number(std::size_t value) { return Value(static_cast<std::int64_t>(value)); }

Value function(std::string name, std::function<Value(const Arguments&)> call) {
  return std::make_shared<const Callable>(Callable{std::move(name), std::move(call)});
}

// `loop` in the iteration `i`.
Value loop_value(const Items& items, std::size_t i, std::size_t depth, Value changed) {
  auto loop = std::make_shared<Dict>();
  loop->is_namespace = true;
  const auto add = [&](std::string_view name, Value value) {
    loop->items.emplace_back(text_value(name), std::move(value));
  };
  add("index", number(i + 1));
  add("index0", number(i));
  add("revindex", number(items.size() - i));
  add("revindex0", number(items.size() - i - 1));
  add("first", Value(i == 0));
  add("last", Value(i + 1 == items.size()));
  add("length", number(items.size()));
  add("depth", number(depth));
  add("depth0", number(depth - 1));
  add("previtem", i > 0 ? items[i - 1] : Value(Undefined{"there is no previous item"}));
  add("nextitem", i + 1 < items.size() ? items[i + 1] : Value(Undefined{"there is no next item"}));
  add("cycle", function("cycle", [i](const Arguments& given) {
        if (given.positional.empty()) throw TemplateError("no items for cycling given");
        return given.positional[i % given.positional.size()];
      }));
  add("changed", std::move(changed));
  for (const char* held : {"previtem", "nextitem"})
    loop->depth = std::max(loop->depth, depth_around(*loop->find(held)));
  return loop;
}

}  // namespace

Evaluator::Flow Evaluator::execute(const Node& node) {
  spend(1);
  line_ = node.line;
  switch (node.kind) {
    case Kind::Body:
      return body(node);
    case Kind::Data:
      print(*node.value.text());
      return Flow::Next;
    case Kind::Output:
      print(printed(makes_markup(*node.parts[0]) ? filter(*node.parts[0])
                                                 : evaluate(*node.parts[0])));
      return Flow::Next;
    case Kind::If:
      return choose(node);
    case Kind::For:
      return loop(node);
    case Kind::Set:
      set(node);
      return Flow::Next;
    case Kind::SetBlock:
      bind(node.names, through_filters(captured(*node.parts[0]), node.parts[1]));
      return Flow::Next;
    case Kind::Macro:
      define_macro(node);
      return Flow::Next;
    case Kind::FilterBlock:
      print(through_filters(captured(*node.parts[0]), node.parts[1]));
      return Flow::Next;
    case Kind::With:
      return with(node);
    case Kind::Break:
      return Flow::Break;
    case Kind::Continue:
      return Flow::Continue;
    default:
      throw TemplateError("a value stands where a statement is expected");
  }
}

Evaluator::Flow Evaluator::body(const Node& node) {
  if (++depth_ > deepest) throw TemplateError("it calls itself too deeply");
  for (const NodePtr& statement : node.parts)
    if (const Flow flow = execute(*statement); flow != Flow::Next) {
      --depth_;
      return flow;
    }
  --depth_;
  return Flow::Next;
}

Evaluator::Flow Evaluator::choose(const Node& node) {
  for (std::size_t i = 0; i + 1 < node.parts.size(); i += 2)
    if (is_true(evaluate(*node.parts[i]))) return body(*node.parts[i + 1]);
  return node.parts.size() % 2 == 1 ? body(*node.parts.back()) : Flow::Next;
}

void Evaluator::bind(const std::vector<std::string>& names, const Value& value) {
  if (names.size() == 1) {
    scopes_.back()->insert_or_assign(names.front(), value);
    return;
  }
  const Items items = items_of(value);
  if (items.size() != names.size())
    throw TemplateError("found " + std::to_string(items.size()) + " values to unpack, expected " +
                        std::to_string(names.size()));
  for (std::size_t i = 0; i < names.size(); ++i)
    scopes_.back()->insert_or_assign(names[i], items[i]);
}

// The names of an iteration are gone with it. The condition of a loop decides which items it has.
Evaluator::Flow Evaluator::loop(const Node& node) {
  const Value over = evaluate(*node.parts[0]);
  Items items = items_of(over);
  if (node.parts[1]) {
    Items kept;
    for (Value& each : items) {
      const Inside inside(scopes_);
      bind(node.names, each);
      if (is_true(evaluate(*node.parts[1]))) kept.push_back(std::move(each));
    }
    items = std::move(kept);
  }
  const auto last = std::make_shared<std::optional<Items>>();
  const Value changed = function("changed", [last](const Arguments& given) {
    const bool same = *last && std::ranges::equal(**last, given.positional, equal);
    *last = given.positional;
    return Value(!same);
  });
  bool completed = false;  // an iteration: Jinja's else is not only for loops without items
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Inside inside(scopes_);
    spend(1);
    scopes_.back()->insert_or_assign("loop", loop_value(items, i, 1, changed));
    bind(node.names, items[i]);
    const Flow flow = body(*node.parts[2]);
    completed |= flow == Flow::Next;
    if (flow != Flow::Break) continue;
    if (over.stream()) over.stream()->take(i + 1);
    break;
  }
  return !completed && node.parts[3] ? body(*node.parts[3]) : Flow::Next;
}

Evaluator::Flow Evaluator::with(const Node& node) {
  Items values;
  for (std::size_t i = 0; i < node.names.size(); ++i) values.push_back(evaluate(*node.parts[i]));
  const Inside inside(scopes_);
  for (std::size_t i = 0; i < node.names.size(); ++i) bind({node.names[i]}, values[i]);
  return body(*node.parts.back());
}

void Evaluator::set(const Node& node) {
  const Value value = evaluate(*node.parts[0]);
  line_ = node.line;
  if (node.name.empty()) return bind(node.names, value);
  const Value target = name(node.names.front());
  if (!target.dict() || !target.dict()->is_namespace || node.names.front() == "loop")
    throw TemplateError("cannot assign attribute on non-namespace object");
  target.dict()->set(node.name, value);
}

void Evaluator::define_macro(const Node& node) {
  with_macros_.push_back(scopes_.back());
  bind({node.name}, function(node.name, [this, &node, scopes = scopes_](const Arguments& given) {
         return call_macro(node, scopes, given);
       }));
}

// Undefined parameters are undefined inside too; defaults may use the parameters before them.
Value Evaluator::call_macro(const Node& node, const std::vector<std::shared_ptr<Scope>>& scopes,
                            const Arguments& given) {
  if (given.positional.size() > node.names.size())
    throw TemplateError("macro '" + node.name + "' takes not more than " +
                        std::to_string(node.names.size()) + " argument(s)");
  const Inside inside(scopes_, scopes);
  const auto free = node.names.begin() + static_cast<std::ptrdiff_t>(given.positional.size());
  for (const auto& [name, value] : given.named)
    if (std::find(free, node.names.end(), name) == node.names.end())
      throw TemplateError("macro '" + node.name + "' takes no keyword argument '" + name + "'");
  // What is given first: a default may use any parameter.
  for (std::size_t i = 0; i < node.names.size(); ++i)
    bind({node.names[i]}, i < given.positional.size()
                              ? given.positional[i]
                              : Undefined{"parameter '" + node.names[i] + "' was not provided"});
  for (const auto& [name, value] : given.named) bind({name}, value);
  for (std::size_t i = given.positional.size(); i < node.names.size(); ++i) {
    const std::string& name = node.names[i];
    const auto otherwise = std::ranges::find(node.arguments, name, &Argument::name);
    const bool is_given =
        std::ranges::find(given.named, name, &std::pair<std::string, Value>::first) !=
        given.named.end();
    if (!is_given && otherwise != node.arguments.end()) bind({name}, evaluate(*otherwise->value));
  }
  return captured(*node.parts[0]);
}

Text Evaluator::captured(const Node& node) {
  const Inside inside(scopes_);
  Text text;
  Text* const before = std::exchange(out_, &text);
  try {
    body(node);
  } catch (...) {
    out_ = before;
    throw;
  }
  out_ = before;
  return text;
}

Text Evaluator::through_filters(Text text, const NodePtr& filters) {
  if (!filters) return text;
  captured_ = std::move(text);
  return printed(evaluate(*filters));
}

}  // namespace trainbus::chat
