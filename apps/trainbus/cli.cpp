#include "cli.hpp"

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "core/io/error.hpp"
#include "environment.hpp"
#include "verb.hpp"

namespace trainbus::cli {
namespace {

// Flags used as a verb.
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
  if (verb.name != "help" && asks_for_help(call.arguments))
    return find_verb("help").run({"help", {arguments.begin(), arguments.end()}, engine_tag});
  if (verb.name != "help" && verb.name != "version") check_current_folder();
  return verb.run(call);
}

int report(const char* message, ExitCode code) {
  std::cout.flush();
  std::fprintf(stderr, "trainbus: error: %s\n", message);
  return code;
}

// A run's exit code is its result even if nobody reads its output. For verbs whose result is their
// output, a failed write is an error: a full disk behind a redirection must not look like success.
int code_without_output(const Verb& verb, int code) {
  if (code != exit_done) return code;
  if (!output_has_no_reader())
    throw RunError("cannot write", "standard output", "Is the disk full?");
  if (!verb.writes_files)
    throw RunError("nobody reads it", "standard output", "Give the output a reader.");
  return code;
}

}  // namespace

int run(const Arguments& arguments, const std::string& engine_tag) {
  try {
    fill_closed_descriptors();
    const int code = dispatch(arguments, engine_tag);
    return std::cout.flush() ? code
                             : code_without_output(find_verb(verb_name(arguments.front())), code);
  } catch (const UsageError& error) {
    return report(error.what(), exit_refused);
  } catch (const PluginError& error) {
    return report(error.what(), exit_refused);
  } catch (const std::exception& error) {
    return report(error.what(), exit_failed);
  }
}

}  // namespace trainbus::cli
