#include "text/chat/chat_template.hpp"

#include <array>
#include <boost/json/value.hpp>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/json.hpp"
#include "text/chat/evaluator.hpp"
#include "text/chat/lexer.hpp"
#include "text/chat/parser.hpp"
#include "text/sources/special_tokens.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;
using chat::Arguments, chat::Given, chat::Items, chat::Text, chat::Value;

// What raise_exception says.
struct Refusal {
  std::string what;
};

Value text_value(std::string_view utf8, bool from_messages) {
  Text text = chat::text_of(utf8);
  if (from_messages)
    for (char32_t& c : text) c |= chat::from_message;
  return text;
}

Value value_of(const json::value& given, bool from_messages) {
  if (const auto* truth = given.if_bool()) return Value(*truth);
  if (const auto* number = given.if_int64()) return Value(*number);
  if (given.is_uint64() || given.is_double()) return Value(given.to_number<double>());
  if (const auto* text = given.if_string()) return text_value(*text, from_messages);
  if (const auto* array = given.if_array()) {
    Items items;
    for (const json::value& each : *array) items.push_back(value_of(each, from_messages));
    return items;
  }
  if (const auto* object = given.if_object()) {
    auto dict = std::make_shared<chat::Dict>();
    for (const auto& [key, each] : *object)
      // Templates make special tokens of roles: "<|" ~ role ~ "|>".
      dict->items.emplace_back(text_value(key, from_messages),
                               value_of(each, from_messages && key != "role"));
    return dict;
  }
  return chat::None();
}

Value function(std::string name, std::function<Value(const Arguments&)> call) {
  return std::make_shared<const chat::Callable>(chat::Callable{std::move(name), std::move(call)});
}

Value range(const Arguments& arguments) {
  const Given given("range", arguments, {"start", "stop", "step"});
  std::int64_t begin = 0, end = given.integer(0, 0);
  if (given[1]) begin = std::exchange(end, given.integer(1, 0));
  const std::int64_t step = given.integer(2, 1), first = begin;
  if (step == 0) throw chat::TemplateError("range() arg 3 must not be zero");
  Items items;
  for (std::int64_t i = begin; step > 0 ? i < end : i > end;) {
    if (items.size() == 100000) throw chat::TemplateError("a range of more than 100,000 numbers");
    items.push_back(Value(i));
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  const std::string last = step == 1 ? "" : ", " + std::to_string(step);
  return chat::Sequence{
      .items = std::move(items),
      .range = "range(" + std::to_string(first) + ", " + std::to_string(end) + last + ")"};
}

std::shared_ptr<chat::Dict> dict_of(const Arguments& arguments, const char* name) {
  auto dict = std::make_shared<chat::Dict>();
  for (const Value& each : arguments.positional) {
    if (!each.dict()) throw chat::TemplateError(std::string(name) + ": expected names and values");
    for (const auto& [key, value] : each.dict()->items) dict->set(key, value);
  }
  for (const auto& [key, value] : arguments.named) dict->set(key, value);
  return dict;
}

Value formatted_time(const Arguments& arguments, std::time_t now) {
  const std::string format =
      chat::utf8_of(Given("strftime_now", arguments, {"format"}).text(0, U""));
  std::tm local{};
  localtime_r(&now, &local);
  std::array<char, 1024> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), format.c_str(), &local);
  return text_value({text.data(), size}, false);
}

chat::Scope functions(const ChatOptions& options) {
  const std::time_t now = options.now.value_or(std::time(nullptr));
  return {
      {"range", function("range", range)},
      {"dict", function("dict", [](const Arguments& a) { return Value(dict_of(a, "dict")); })},
      {"namespace", function("namespace",
                             [](const Arguments& a) {
                               auto dict = dict_of(a, "namespace");
                               dict->is_namespace = true;
                               return Value(dict);
                             })},
      {"raise_exception", function("raise_exception",
                                   [](const Arguments& a) -> Value {
                                     throw Refusal{chat::utf8_of(
                                         Given("raise_exception", a, {"message"}).text(0, U""))};
                                   })},
      {"strftime_now",
       function("strftime_now", [now](const Arguments& a) { return formatted_time(a, now); })}};
}

RenderedChat rendered(const Text& text) {
  RenderedChat chat;
  for (std::size_t i = 0; i < text.size();) {
    const char32_t mark = text[i] & chat::from_message;
    std::size_t end = i;
    while (end < text.size() && (text[end] & chat::from_message) == mark) ++end;
    const std::size_t begin = chat.text.size();
    chat.text += chat::utf8_of(std::u32string_view(text).substr(i, end - i));
    if (mark != 0) chat.from_messages.push_back({begin, chat.text.size()});
    i = end;
  }
  return chat;
}

std::string default_of(const json::value& templates) {
  for (const json::value& each : templates.as_array())
    if (JsonView(each)["name"].text() == "default")
      return std::string(JsonView(each)["template"].text().value_or(""));
  return {};
}

}  // namespace

struct ChatTemplate::Parsed {
  std::string where;
  chat::NodePtr body;
  chat::Scope variables;  // the special tokens
};

ChatTemplate::ChatTemplate(std::string_view text, std::string where,
                           const TokenizerSpec& tokenizer) {
  auto parsed = std::make_shared<Parsed>();
  parsed->where = std::move(where);
  try {
    parsed->body = chat::parse(text);
  } catch (const chat::SyntaxError& error) {
    throw UsageError(error.what(), parsed->where + ", line " + std::to_string(error.line),
                     "Correct the template, or write the prompt without it.");
  }
  for (const SpecialRole& role : special_roles)
    if (const auto id = tokenizer.*role.id)
      parsed->variables.emplace(role.key, text_value(tokenizer.token(*id), false));
  for (const char* name : {"tools", "documents"}) parsed->variables.emplace(name, chat::None());
  parsed_ = std::move(parsed);
}

std::unique_ptr<ChatTemplate> ChatTemplate::of(const TokenizerSpec& tokenizer) {
  std::string text = tokenizer.chat_template;
  if (text.empty() && !tokenizer.settings.empty()) {
    const json::value settings =
        parse_json(tokenizer.settings, tokenizer.where, {.python_numbers = PythonNumbers::AsText});
    const json::object* object = settings.if_object();
    const json::value* templates = object ? object->if_contains("chat_template") : nullptr;
    if (templates && templates->is_array()) text = default_of(*templates);
  }
  if (text.empty()) return nullptr;
  return std::make_unique<ChatTemplate>(text, "the chat template of " + tokenizer.where, tokenizer);
}

RenderedChat ChatTemplate::render(const json::array& messages, const ChatOptions& options) const {
  chat::Scope scope = functions(options);
  for (const auto& [name, value] : parsed_->variables) scope.insert_or_assign(name, value);
  scope.insert_or_assign("add_generation_prompt", Value(options.add_generation_prompt));
  try {
    scope.insert_or_assign("messages", value_of(messages, true));
    for (const auto& [name, value] : options.variables)
      scope.insert_or_assign(name, value_of(value, true));
  } catch (const chat::TemplateError& error) {
    throw UsageError(error.what(), "the messages for " + parsed_->where, "Give simpler ones.");
  }
  chat::Evaluator evaluator(std::move(scope));
  const auto where = [&] { return parsed_->where + ", line " + std::to_string(evaluator.line()); };
  try {
    return rendered(evaluator.render(*parsed_->body));
  } catch (const Refusal& refusal) {
    throw UsageError("refuses the messages: " + refusal.what, where(),
                     "Give the turns that the model was trained with.");
  } catch (const chat::TemplateError& error) {
    throw UsageError(error.what(), where(),
                     "Correct the template, or write the prompt without it.");
  }
}

}  // namespace trainbus
