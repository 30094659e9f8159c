// Verbs, and their table. A verb is one file of verbs/ and one row of verbs.cpp; if it needs
// LibTorch it has a second file of the same name in engine/.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli.hpp"
#include "core/plan/verb_schema.hpp"

namespace trainbus::cli {

// The arguments of a verb's call.
struct Call {
  std::string verb;
  Arguments arguments;  // after the verb
  std::string engine_tag;
};

struct Verb {
  std::string_view name;
  std::string_view usage;  // the part after "trainbus NAME"
  std::string_view summary;
  // Its options, if it creates or reads a run; null: it parses its arguments itself.
  VerbSchema (*schema)() = nullptr;
  // Writes results to standard output, returns an exit code, throws on failure.
  int (*run)(const Call&);
  // The text of VERB --help after the summary; null: none.
  void (*help)(const Call&) = nullptr;
  // Its result is files, not its output: it continues if nobody reads the output, which does not
  // change its exit code.
  bool writes_files = false;
};

std::span<const Verb* const> verbs();
const Verb& find_verb(const std::string& name);  // throws UsageError naming the nearest
// Throws UsageError for a verb without a schema.
const VerbSchema& verb_schema(const std::string& name);

}  // namespace trainbus::cli
