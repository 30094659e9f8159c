// The verbs, one file each, and the table of them in cli.cpp. All write results to standard output
// and throw on failure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli.hpp"

namespace trainbus::cli {

// What a verb is called with.
struct Call {
  std::string verb;
  Arguments arguments;  // after the verb
  std::string engine_tag;
};

struct Verb {
  std::string_view name;
  std::string_view usage;  // what follows "trainbus NAME"
  std::string_view summary;
  int (*run)(const Call&);
  void (*help)(const Call&);  // what VERB --help says after the summary; null: nothing more
};

std::span<const Verb> verbs();
const Verb& find_verb(const std::string& name);  // throws UsageError naming the nearest

int help(const Call& call);          // help [VERB …]
int help_verb(const Call& call);     // VERB … --help
void help_of_run(const Call& call);  // of verbs whose options are in run_options.hpp
void help_of_replay(const Call& call);
void help_of_plugins(const Call& call);
void help_of_report(const Call& call);
void help_of_new_plugin(const Call& call);
int version(const Call& call);      // version
int plugins(const Call& call);      // plugins list | show ID | check FILE
int new_plugin(const Call& call);   // new-plugin NAME …
int describe(const Call& call);     // describe [RUN.ini] …
int report(const Call& call);       // report RUN… …
int engine_verb(const Call& call);  // train, resume, replay, eval, predict, probe

}  // namespace trainbus::cli
