// count: the verb of the recipe. Prints the number of verbs, tasks and words.
#include <iostream>

#include "tasks/task_kind.hpp"
#include "verb.hpp"

namespace trainbus::cli {
namespace {

int count(const Call& call) {
  std::cout << verbs().size() << " verbs, " << task_kinds().size() << " tasks, "
            << call.arguments.size() << " words\n";
  return exit_done;
}

}  // namespace

extern const Verb count_verb;
const Verb count_verb = {
    .name = "count", .usage = "[WORD]…", .summary = "count verbs and words", .run = count};

}  // namespace trainbus::cli
