// help [VERB], and VERB --help.
#include <iostream>

#include "core/io/error.hpp"
#include "table.hpp"
#include "verb.hpp"

namespace trainbus::cli {
namespace {

void print_overview() {
  std::cout << "trainbus trains models with a loop that publishes events to plugins.\n\n"
               "Usage: trainbus VERB …\n\n";
  std::vector<std::vector<std::string>> rows;
  for (const Verb* verb : verbs())
    rows.push_back(
        {std::string(verb->name) + ' ' + std::string(verb->usage), std::string(verb->summary)});
  print_table(std::cout, rows, "  ");
  std::cout
      << "\nA run without further words uses the optimizer mezo, and shows and logs the loss\n"
         "with ema, progress, csv and tensorboard. For example:\n\n"
         "  trainbus train --model models/opt-125m --task.data reviews.csv\n"
         "  trainbus train run.ini --plugin jsonl --without csv --mezo.lr 2e-6\n"
         "  trainbus describe run.ini\n"
         "  trainbus help train\n";
}

int help(const Call& call) {
  const Arguments& words = call.arguments;
  if (words.empty() || words.front() == "help" || words.front().starts_with('-')) {
    print_overview();
    return exit_done;
  }
  const Verb& verb = find_verb(words.front());
  std::cout << "Usage: trainbus " << verb.name << (verb.usage.empty() ? "" : " ") << verb.usage
            << "\n\n"
            << verb.summary << "\n\n";
  if (verb.help)
    verb.help({std::string(verb.name), {words.begin() + 1, words.end()}, call.engine_tag});
  return exit_done;
}

}  // namespace

extern const Verb help_verb;
const Verb help_verb = {
    .name = "help", .usage = "[VERB]", .summary = "explain trainbus, or one verb", .run = help};

}  // namespace trainbus::cli
