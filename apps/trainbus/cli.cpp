#include "cli.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>

#include "core/io/error.hpp"
#include "environment.hpp"
#include "plan.hpp"
#include "verbs.hpp"

namespace trainbus::cli {
namespace {

constexpr std::array<Verb, 12> all_verbs = {{
    {"train", "[RUN.ini] [OPTION]…", "fine-tune a model", engine_verb, help_of_run},
    {"resume", "RUN [OPTION]…", "go on with a run that was interrupted or killed", engine_verb,
     help_of_run},
    {"replay", "RUN|JOURNAL [--step N] [-o DIR] [--verify]",
     "make the model of any step of a MeZO run from its journal", engine_verb, help_of_replay},
    {"eval", "[RUN.ini] [OPTION]…", "evaluate a model on a task's data", engine_verb, help_of_run},
    {"predict", "[RUN.ini] [OPTION]…", "classify texts with a model", engine_verb, help_of_run},
    {"probe", "[RUN.ini] [OPTION]…", "measure which learning rate and eps suit a model",
     engine_verb, help_of_run},
    {"describe", "[RUN.ini] [OPTION]… [--changed]",
     "print the plan of a run: every value and its source", describe, help_of_run},
    {"report", "RUN… [OPTION]…", "show runs on one page of charts and tables", report,
     help_of_report},
    {"plugins", "list | show ID | check FILE", "list, explain or test plugins", plugins,
     help_of_plugins},
    {"new-plugin", "NAME [OPTION]…", "write the project of a plugin, ready to build", new_plugin,
     help_of_new_plugin},
    {"help", "[VERB]", "explain trainbus, or one verb", help, nullptr},
    {"version", "", "print the version", version, nullptr},
}};

// Flags in the place of a verb.
std::string verb_name(const std::string& word) {
  if (word == "-h" || word == "--help") return "help";
  if (word == "--version") return "version";
  return word;
}

bool asks_for_help(const Arguments& arguments) {
  return std::ranges::any_of(arguments, [](const std::string& argument) {
    return argument == "--help" || argument == "-h";
  });
}

int dispatch(const Arguments& arguments, const std::string& engine_tag) {
  if (arguments.empty())
    throw UsageError("expected a verb", "",
                     "Try 'trainbus help', or 'trainbus train --help' for a run.");
  const Verb& verb = find_verb(verb_name(arguments.front()));
  const Call call{std::string(verb.name), {arguments.begin() + 1, arguments.end()}, engine_tag};
  return asks_for_help(call.arguments) ? help_verb(call) : verb.run(call);
}

int report(const char* message, ExitCode code) {
  std::cout.flush();
  std::fprintf(stderr, "trainbus: error: %s\n", message);
  return code;
}

// What a run came to is its exit code, whoever reads the last lines; where the result is what is
// printed, nobody got it. A full disk behind a redirection must not look like success.
int code_without_output(const std::string& verb, int code) {
  const bool is_run = verb == "train" || verb == "resume";
  if (code != exit_done) return code;
  if (!output_has_no_reader())
    throw RunError("cannot write", "standard output", "Is the disk full?");
  if (!is_run) throw RunError("nobody reads it", "standard output", "Give the output a reader.");
  return code;
}

}  // namespace

std::span<const Verb> verbs() { return all_verbs; }

const Verb& find_verb(const std::string& name) {
  std::vector<std::string> names;
  for (const Verb& verb : all_verbs) {
    if (verb.name == name) return verb;
    names.emplace_back(verb.name);
  }
  const std::string nearest = did_you_mean(name, names);
  throw UsageError("there is no verb '" + name + "'", "",
                   nearest.empty() ? "See 'trainbus help'." : nearest);
}

int run(const Arguments& arguments, const std::string& engine_tag) {
  try {
    fill_closed_descriptors();
    const int code = dispatch(arguments, engine_tag);
    return std::cout.flush() ? code : code_without_output(arguments.front(), code);
  } catch (const UsageError& error) {
    return report(error.what(), exit_refused);
  } catch (const PluginError& error) {
    return report(error.what(), exit_refused);
  } catch (const std::exception& error) {
    return report(error.what(), exit_failed);
  }
}

int version(const Call&) {
  std::cout << "trainbus " << version_text() << '\n';
  return exit_done;
}

}  // namespace trainbus::cli
