// generate: the launcher's part.
#include <trainbus/plugin/option_schema.hpp>

#include <iostream>

#include "core/io/error.hpp"
#include "core/io/utf8.hpp"
#include "core/plan/arguments.hpp"
#include "engine_verb.hpp"
#include "option_groups.hpp"
#include "plan.hpp"
#include "table.hpp"
#include "verb.hpp"

namespace trainbus::cli {
namespace {

VerbSchema schema() {
  constexpr double most_tokens = 1 << 24, most_rows = 4096;
  return {
      .groups = {
          {"Generation",
           {option::path("model", "",
                         "the model, if it is not given directly after the verb: a folder in "
                         "Hugging Face's layout, a run, or a .gguf file"),
            option::text("prompt", "", "the prompt, if it is not given after the model"),
            option::path("input", "",
                         "prompts, one a line; .jsonl: strings, or objects with \"prompt\"; -: "
                         "standard input"),
            option::flag("chat", "no",
                         "the prompt is a user's message, written by the model's chat template; "
                         ".jsonl: also arrays of messages, or objects with \"messages\""),
            option::text("system", "", "with --chat: the system's message before it"),
            option::integer("max-new-tokens", "128", "tokens that are generated at most")
                .min(1)
                .max(most_tokens),
            option::real("temperature", "0",
                         "divides the logits before a token is drawn; 0: the most probable "
                         "token is taken")
                .min(0)
                .max(1000),
            option::integer("top-k", "0", "draw among the k most probable tokens; 0: all")
                .min(0)
                .max(most_tokens),
            option::real("top-p", "1",
                         "draw among the fewest tokens that have this probability together")
                .min(0)
                .max(1),
            option::text("stop", "",
                         "a text that ends the generation and is left out; \\n: a line end, "
                         "\\t: a tab, \\\\: a backslash")
                .repeatable(),
            option::integer("batch-size", "16", "prompts that are continued at a time")
                .min(1)
                .max(most_rows),
            option::flag("json", "no",
                         "one JSON object a prompt: prompt, text, ids and what ended it")}},
          machine_group({"cpu"})}};
}

// The values of a repeatable option are kept one a line.
std::string without_line_ends(const std::string& text) {
  std::string result;
  for (const char c : text) c == '\n' ? result += "\\n" : result += c;
  return result;
}

void check(const OptionValues& options) {
  const bool prompt = !options.is_default("prompt"), input = !options.is_default("input");
  if (options.text("model").empty())
    throw UsageError("no model is given", "generate",
                     "For example: trainbus generate runs/first \"Once upon a time\"");
  if (prompt && input)
    throw UsageError("both a prompt and --input are given", "generate", "Give one of them.");
  if (!prompt && !input)
    throw UsageError("no prompt is given", "generate",
                     "Give a text after the model, or --input with a file of prompts.");
  if (prompt && options.text("prompt").empty())
    throw UsageError("the prompt is empty", "--prompt", "Give a text to continue.");
  if (!options.flag("chat") && !options.is_default("system"))
    throw UsageError("is given without --chat", "--system", "Give --chat too.");
  if (!is_utf8(options.text("system")))
    throw UsageError("is not UTF-8 text", "--system", "Give it in UTF-8.");
  if (prompt && !is_utf8(options.text("prompt")))
    throw UsageError("is not UTF-8 text", "--prompt", "Give it in UTF-8.");
  if (!is_utf8(options.text("stop")))
    throw UsageError("is not UTF-8 text", "--stop", "Give it in UTF-8.");
}

// The first words may be the model and the prompt.
RunSpec plan(const Call& call) {
  Arguments arguments = call.arguments, named;
  for (const char* name : {"--model", "--prompt"}) {
    if (arguments.empty() || arguments.front().starts_with('-')) break;
    named.push_back(name);
    named.push_back(arguments.front());
    arguments.erase(arguments.begin());
  }
  arguments.insert(arguments.begin(), named.begin(), named.end());
  RunSpec spec;
  spec.verb = call.verb;
  spec.version = version_text();
  spec.run = OptionValues("", verb_schema(call.verb).options());
  std::string stops;
  for (const Argument& argument : parse_arguments(arguments, spec.run.schema())) {
    if (argument.name != "stop") {
      spec.run.set(argument.name, argument.value, "command line");
      continue;
    }
    if (argument.value.empty())
      throw UsageError("the text is empty", "--stop", "Give a text of at least one character.");
    stops += (stops.empty() ? "" : "\n") + without_line_ends(argument.value);
    spec.run.set("stop", stops, "command line");
  }
  check(spec.run);
  return spec;
}

void help(const Call&) {
  for (const OptionGroup& group : verb_schema("generate").groups)
    print_options(std::cout, group.title, "", group.options, text_width());
  std::cout
      << "  trainbus generate runs/first \"Once upon a time\" --temperature 0.8 --top-p 0.95\n"
         "  trainbus generate model.gguf --input prompts.txt --stop '\\n' --json\n"
         "  trainbus generate model.gguf \"What is a film?\" --chat\n\n"
         "One prompt is continued as one watches, if the output is a terminal. Of several,\n"
         "each is one line, with line ends as \\n. A prompt's text depends on the seed and\n"
         "its line's number, not on the other prompts.\n";
}

}  // namespace

extern const Verb generate_verb;
const Verb generate_verb = {
    .name = "generate",
    .usage = "MODEL|RUN \"PROMPT\" [OPTION]…",
    .summary = "continue texts with a model",
    .schema = schema,
    .run = [](const Call& call) { return run_in_engine(call, "generate", plan); },
    .help = help,
};

}  // namespace trainbus::cli
