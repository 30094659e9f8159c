// generate: continues texts with a model.
#include "generation/generate.hpp"

#include <unistd.h>

#include <boost/json.hpp>
#include <iostream>
#include <iterator>
#include <memory>
#include <sstream>

#include "core/io/error.hpp"
#include "core/io/json.hpp"
#include "core/io/lines.hpp"
#include "core/io/utf8.hpp"
#include "core/plan/typed_path.hpp"
#include "engine_entry.hpp"
#include "models/families/registry.hpp"
#include "models/weights/materialized_weights.hpp"
#include "run/workload.hpp"
#include "tasks/data/message_text.hpp"
#include "tasks/data/text_file.hpp"
#include "text/chat/chat_template.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

struct Prompts {
  std::vector<std::string> texts;          // to be continued; of a conversation: its JSON
  std::vector<json::array> conversations;  // with --chat
  std::string source;                      // for messages; empty: the command line

  std::string where(std::size_t row) const {
    return source.empty() ? "--prompt" : source + ":" + std::to_string(row + 1);
  }
};

std::string prompt_of_json(const json::value& value, const std::string& where) {
  const json::value* prompt = value.is_object() ? value.get_object().if_contains("prompt") : &value;
  if (prompt && prompt->is_string()) return std::string(prompt->get_string());
  throw UsageError(
      "found " + json_excerpt(value) + ", expected a string or an object with \"prompt\"", where,
      "Write one prompt a line.");
}

// A user's message, behind the system's if there is one.
json::array conversation(const std::string& text, const std::string& system) {
  json::array messages;
  if (!system.empty()) messages.push_back(chat_message("system", system));
  messages.push_back(chat_message("user", text));
  return messages;
}

// An array of messages, an object with "messages", or a prompt.
json::array conversation_of_json(const json::value& value, const std::string& where,
                                 const std::string& system) {
  const json::value* given =
      value.is_object() ? value.get_object().if_contains("messages") : &value;
  if (!given || !given->is_array()) return conversation(prompt_of_json(value, where), system);
  json::array messages = given->get_array();
  for (const json::value& message : messages)
    if (!JsonView(message)["role"].text())
      throw UsageError("found " + json_excerpt(message) +
                           " as a message, expected an object with "
                           "\"role\" and \"content\"",
                       where, "Write {\"role\": \"user\", \"content\": \"…\"}.");
  if (messages.empty()) throw UsageError("has no messages", where, "Write at least one.");
  if (!system.empty()) messages.insert(messages.begin(), chat_message("system", system));
  return messages;
}

Prompts prompts_of(const RunSpec& spec) {
  const bool chat = spec.run.flag("chat");
  const std::string system = spec.run.text("system");
  if (!spec.run.is_default("prompt")) {
    const std::string& text = spec.run.text("prompt");
    Prompts prompts{{text}, {}, ""};
    if (chat) prompts.conversations.push_back(conversation(text, system));
    return prompts;
  }
  const std::string input = spec.run.text("input");
  const bool standard = input == "-";
  Prompts prompts{{}, {}, standard ? "standard input" : input};
  const std::string bytes = standard ? std::string(std::istreambuf_iterator<char>(std::cin), {})
                                     : tasks::read_bytes(input);
  // Blanks at the ends of lines belong to the prompts.
  prompts.texts = lines_of(tasks::text_of_bytes(bytes, prompts.source));
  if (prompts.texts.empty())
    throw UsageError("has no prompts", prompts.source, "Write one a line.");
  for (std::size_t row = 0; row < prompts.texts.size(); ++row) {
    std::string& text = prompts.texts[row];
    const bool is_json = !standard && input.ends_with(".jsonl");
    if (chat)
      prompts.conversations.push_back(
          is_json ? conversation_of_json(parse_json(text, prompts.where(row)), prompts.where(row),
                                         system)
                  : conversation(text, system));
    else if (is_json)
      text = prompt_of_json(parse_json(text, prompts.where(row)), prompts.where(row));
    if (text.empty())
      throw UsageError("the prompt is empty", prompts.where(row), "Write a text to continue.");
  }
  return prompts;
}

// "\n" as it is typed: a line end.
std::string unescaped(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    if (next != 'n' && next != 't' && next != '\\') {
      result += text[i];
      continue;
    }
    result += next == 'n' ? '\n' : next == 't' ? '\t' : '\\';
    ++i;
  }
  return result;
}

GenerationOptions options_of(const RunSpec& spec, const LoadedModel& loaded) {
  GenerationOptions options;
  options.max_new_tokens = spec.run.integer("max-new-tokens");
  options.sampling = {spec.run.real("temperature"), spec.run.integer("top-k"),
                      spec.run.real("top-p")};
  options.seed = static_cast<std::uint64_t>(spec.run.integer("seed"));
  options.batch_size = spec.run.integer("batch-size");
  options.stop_tokens = stop_tokens_of(*loaded.model, *loaded.tokenizer);
  for (const std::string& text : lines_of(spec.run.text("stop")))
    options.stop_texts.push_back(unescaped(text));
  return options;
}

void check_decoder(const PretrainedModel& model, const std::string& path) {
  if (find_model_family(model.family())->kind == ModelKind::Decoder) return;
  throw UsageError(
      "is an encoder (" + model.family() + "), which predicts no next token, expected a decoder",
      path, "Give a model of a family that 'trainbus models' lists as a decoder.");
}

// The prompts' tokens, or those of the conversations as the model's template writes them.
std::vector<std::vector<std::int32_t>> encoded(const Prompts& prompts, const LoadedModel& loaded) {
  std::vector<std::vector<std::int32_t>> rows;
  std::unique_ptr<ChatTemplate> chat;
  if (!prompts.conversations.empty()) chat = ChatTemplate::of(loaded.tokenizer->spec());
  if (!prompts.conversations.empty() && !chat)
    throw UsageError("has no chat template", loaded.tokenizer->spec().where,
                     "Leave out --chat, or take the model's instruction-tuned variant.");
  const std::int64_t most = loaded.model->positions(), words = loaded.model->config().vocab_size;
  for (std::size_t row = 0; row < prompts.texts.size(); ++row) {
    rows.push_back(chat ? encode_chat(*loaded.tokenizer, chat->render(prompts.conversations[row]))
                        : loaded.tokenizer->encode_beginning(prompts.texts[row]));
    const auto count = static_cast<std::int64_t>(rows.back().size());
    if (count == 0)
      throw UsageError("the prompt has no tokens", prompts.where(row), "Write another text.");
    if (count > most)
      throw UsageError("the prompt has " + std::to_string(count) + " tokens, the model has " +
                           std::to_string(most) + " positions",
                       prompts.where(row), "Give a shorter prompt.");
    for (const std::int32_t id : rows.back())
      if (id >= words)
        throw UsageError("the prompt has the token " + std::to_string(id) +
                             ", the model has those below " + std::to_string(words),
                         prompts.where(row), "Check that model and tokenizer go together.");
  }
  return rows;
}

std::string json_line(const std::string& prompt, std::size_t tokens, const Generated& result) {
  return json::serialize(json::object{{"prompt", prompt},
                                      {"text", result.text},
                                      {"ids", json::array(result.ids.begin(), result.ids.end())},
                                      {"prompt_tokens", tokens},
                                      {"ended_by", ending_name(result.ending)}});
}

// What a model writes must not steer the terminal: control characters become blanks.
std::string for_terminal(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const Utf8Part c = utf8_front(text);
    const bool plain = c.code == '\n' || c.code == '\t';
    const bool control = c.code < 32 || (c.code >= 127 && c.code < 160);
    shown += control && !plain ? std::string_view(" ") : text.substr(0, c.bytes);
    text.remove_prefix(c.bytes);
  }
  return shown;
}

}  // namespace

TRAINBUS_ENGINE_VERB(generate)(const RunSpec& spec, Requests& requests) {
  const Prompts prompts = prompts_of(spec);
  const LoadedModel loaded = load_to_generate(spec);
  check_decoder(*loaded.model, spec.run.text("model"));
  const auto rows = encoded(prompts, loaded);
  const bool as_json = spec.run.flag("json"), single = spec.run.is_default("input");
  const bool streams = single && !as_json && ::isatty(STDOUT_FILENO) == 1;

  std::vector<std::string> waiting(rows.size());  // lines of rows that ended before earlier ones
  std::size_t printed = 0;
  GenerationHooks hooks;
  hooks.interrupted = [&] { return requests.stop_requested(); };
  if (streams)
    hooks.on_text = [](std::size_t, std::string_view text) {
      std::cout << for_terminal(text) << std::flush;
    };
  else
    hooks.on_end = [&](std::size_t row, const Generated& result) {
      if (result.ending == Ending::Interrupted && !single) return;
      waiting[row] = as_json  ? json_line(prompts.texts[row], rows[row].size(), result)
                     : single ? result.text
                              : tasks::one_line(result.text);
      waiting[row] += '\n';
      for (; printed < rows.size() && !waiting[printed].empty(); ++printed)
        std::cout << std::exchange(waiting[printed], "") << std::flush;
    };
  PlainWeights weights(loaded.model->parameters());
  generate(*loaded.model, weights, loaded.tokenizer.get(), rows, options_of(spec, loaded), hooks);
  if (streams) std::cout << std::endl;
  loaded.model->parameters().check_files();
  return requests.stop_requested() ? engine_interrupted : 0;
}

}  // namespace trainbus
