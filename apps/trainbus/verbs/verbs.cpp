#include <array>
#include <map>
#include <vector>

#include "core/io/error.hpp"
#include "verb.hpp"

namespace trainbus::cli {

// One line per verb.
extern const Verb train_verb;
extern const Verb resume_verb;
extern const Verb launch_verb;
extern const Verb join_verb;
extern const Verb replay_verb;
extern const Verb eval_verb;
extern const Verb predict_verb;
extern const Verb generate_verb;
extern const Verb probe_verb;
extern const Verb tokenize_verb;
extern const Verb describe_verb;
extern const Verb models_verb;
extern const Verb report_verb;
extern const Verb plugins_verb;
extern const Verb new_plugin_verb;
extern const Verb help_verb;
extern const Verb version_verb;

namespace {

// In the order of the help, one per line.
// clang-format off
constexpr std::array all_verbs = {
    &train_verb,
    &resume_verb,
    &launch_verb,
    &join_verb,
    &replay_verb,
    &eval_verb,
    &predict_verb,
    &generate_verb,
    &probe_verb,
    &tokenize_verb,
    &describe_verb,
    &models_verb,
    &report_verb,
    &plugins_verb,
    &new_plugin_verb,
    &help_verb,
    &version_verb,
};
// clang-format on

}  // namespace

std::span<const Verb* const> verbs() { return all_verbs; }

const Verb& find_verb(const std::string& name) {
  std::vector<std::string> names;
  for (const Verb* verb : all_verbs) {
    if (verb->name == name) return *verb;
    names.emplace_back(verb->name);
  }
  const std::string nearest = did_you_mean(name, names);
  throw UsageError("there is no verb '" + name + "'", "",
                   nearest.empty() ? "See 'trainbus help'." : nearest);
}

const VerbSchema& verb_schema(const std::string& name) {
  static std::map<std::string, VerbSchema> made;
  if (const auto found = made.find(name); found != made.end()) return found->second;
  const Verb& verb = find_verb(name);
  if (!verb.schema) throw UsageError("this verb makes no run", name, "See 'trainbus help'.");
  VerbSchema schema = verb.schema();
  schema.verb = name;
  return made.emplace(name, std::move(schema)).first->second;
}

}  // namespace trainbus::cli
