// The verbs, one file each. All write results to standard output and throw on failure.
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
};

std::span<const Verb> verbs();
const Verb& find_verb(const std::string& name);  // throws UsageError naming the nearest

int help(const Call& call);       // help [VERB …]
int help_verb(const Call& call);  // VERB … --help
void print_new_plugin_help();
int version(const Call& call);      // version
int plugins(const Call& call);      // plugins list | show ID | check FILE
int new_plugin(const Call& call);   // new-plugin NAME …
int describe(const Call& call);     // describe [RUN.ini] …
int report(const Call& call);       // report RUN… …
int engine_verb(const Call& call);  // train, resume, replay, eval, predict, probe

}  // namespace trainbus::cli
