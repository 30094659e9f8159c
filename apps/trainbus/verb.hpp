// A verb, and the table of them. Each is one file of verbs/ and one row of verbs.cpp; one that
// needs LibTorch has a second half of the same name in engine/.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli.hpp"
#include "core/plan/verb_schema.hpp"

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
  // What it can be asked, if it makes or reads a run; else null, and it reads its words itself.
  VerbSchema (*schema)() = nullptr;
  // Writes results to standard output, returns an exit code, throws on failure.
  int (*run)(const Call&);
  // What VERB --help says after the summary; null: nothing more.
  void (*help)(const Call&) = nullptr;
  // What it is for are files, not what it prints: without a reader it goes on, and the exit code is
  // theirs.
  bool writes_files = false;
};

std::span<const Verb* const> verbs();
const Verb& find_verb(const std::string& name);  // throws UsageError naming the nearest
// Throws UsageError for a verb that makes no run.
const VerbSchema& verb_schema(const std::string& name);

}  // namespace trainbus::cli
