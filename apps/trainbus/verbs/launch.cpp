// launch: starts the processes of one run on this machine.
#define BOOST_DLL_USE_STD_FS
#include <algorithm>
#include <boost/dll/runtime_symbol_info.hpp>
#include <iostream>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "core/io/number_text.hpp"
#include "plan.hpp"
#include "signals.hpp"
#include "spawner.hpp"
#include "verb.hpp"
#include "verbs/resume.hpp"

namespace trainbus::cli {
namespace {

constexpr int most_processes = 1024;

struct Wish {
  int processes = 0;
  Arguments command;  // the verb and its arguments
};

[[noreturn]] void refuse(const std::string& what) {
  throw UsageError(what, "launch", "For example: trainbus launch -n 4 -- train run.ini");
}

Wish parse(const Arguments& arguments) {
  Wish wish;
  const auto end = std::ranges::find(arguments, "--");
  if (end == arguments.end()) refuse("expected '--' before the command");
  wish.command.assign(end + 1, arguments.end());
  for (auto word = arguments.begin(); word != end; ++word) {
    std::string text = *word;
    if (text == "-n" || text == "--processes") {
      if (++word == end) refuse(text + " lacks its number");
      text = *word;
    } else if (text.starts_with("--processes=")) {
      text.erase(0, text.find('=') + 1);
    } else {
      refuse("found '" + text + "', expected -n N");
    }
    const auto number = number_from<int>(text);
    if (!number || *number < 1 || *number > most_processes)
      refuse("found -n " + text + ", expected a number from 1 to " +
             std::to_string(most_processes));
    wish.processes = *number;
  }
  if (wish.processes == 0) refuse("expected -n N, the number of processes");
  const std::string verb = wish.command.empty() ? "" : wish.command.front();
  if (verb != "train" && verb != "resume")
    refuse(verb.empty() ? "expected a command after '--'"
                        : "found the command '" + verb + "', expected train or resume");
  return wish;
}

// A mistake in the command is told once, and nothing is started.
void check(const Arguments& command, const std::string& engine_tag) {
  const Call call{command[1], {command.begin() + 2, command.end()}, engine_tag};
  if (call.verb == "resume")
    plan_resume(call);
  else
    plan_run(call, Completeness::Required);
}

int run(const Call& call) {
  const Wish wish = parse(call.arguments);
  const std::string program = boost::dll::program_location().string();
  const std::string leader = "127.0.0.1:" + std::to_string(free_local_port());
  std::vector<Arguments> commands;
  for (int rank = 0; rank < wish.processes; ++rank) {
    Arguments command = {program};
    command.insert(command.end(), wish.command.begin(), wish.command.end());
    for (const std::string& word :
         {std::string("--ranks"), std::to_string(wish.processes), std::string("--rank"),
          std::to_string(rank), std::string("--leader"), leader})
      command.push_back(word);
    commands.push_back(std::move(command));
  }
  check(commands.front(), call.engine_tag);
  const ProcessEnd end = run_together(commands);
  if (end.signal != 0) end_by_signal(end.signal);
  return end.code;
}

void help(const Call&) {
  std::cout
      << "Starts N processes of one run on this machine, connects them, and ends as the first\n"
         "of them does, the leader: with its exit code. The others compute with it. Give a\n"
         "step as many items to share: --mezo.directions N, or --micro-batches N.\n\n"
         "  -n N, --processes N   how many, 1 to "
      << most_processes
      << "\n\n"
         "Signals are passed on to the leader. On several machines, start the command there by\n"
         "torchrun, srun, mpirun or a shell loop, without launch.\n\n"
         "  trainbus launch -n 2 -- train run.ini --mezo.directions 2\n"
         "  trainbus launch -n 4 -- resume runs/first\n";
}

}  // namespace

extern const Verb launch_verb;
const Verb launch_verb = {
    .name = "launch",
    .usage = "-n N -- train|resume …",
    .summary = "start a run of several processes on this machine",
    .run = run,
    .help = help,
    .writes_files = true,
};

}  // namespace trainbus::cli
