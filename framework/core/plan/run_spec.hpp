// The resolved and checked options of a run: command line over run file over defaults.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "core/host/option.hpp"
#include "core/plan/run_file.hpp"
#include "core/plan/run_plugins.hpp"
#include "core/plan/verb_schema.hpp"
#include "core/ranks/place.hpp"

namespace trainbus {

// The launcher's arguments, and what it knows of itself.
struct RunRequest {
  std::vector<std::string> arguments;  // after the verb: [RUN.ini] --option …
  std::string engine_tag;              // hash of the engine's build tag; empty: no engine plugins
  std::string version;                 // of trainbus, for the record
  bool complete = true;                // required values must be there
  const RunFile* recorded = nullptr;   // if not null, used as the run file
};

struct TRAINBUS_EXPORT RunSpec {
  std::string verb;
  std::string version;
  std::string run_file;                 // as given; empty: none
  OptionValues run;                     // the verb's own options
  OptionValues task;                    // --task.NAME
  std::vector<PluginInstance> plugins;  // in order; exactly one optimizer if the verb composes; a
                                        // reward alone if it judges
  std::vector<LeftOut> left_out;
  std::vector<std::string> notes;  // what a person should know before the first step; for the log
  ranks::Place place;              // of this process in the run
  // Of a worker that gets the run from its leader: resolves it, from the leader's record and this
  // process's own options. Empty: this is the whole run.
  std::function<RunSpec(const std::string& run_json)> replan;

  // The optimizer's instance, or null.
  const PluginInstance* optimizer() const;
  // The objective's instance, or null if that is no plugin.
  const PluginInstance* reward() const;
  // The objective's name: "loss", or the reward's id.
  std::string objective() const;
};

// Resolves a request in two passes: the run file and the composition options say which plugins are
// to be loaded; their schemas then let all options be parsed. Throws UsageError or PluginError.
TRAINBUS_EXPORT RunSpec resolve_run(const VerbSchema& verb, const RunRequest& request);

// The run as JSON: every value with its source, every plugin with version, file and SHA-256. Values
// of secret options are not shown.
TRAINBUS_EXPORT std::string to_json(const RunSpec& spec);

}  // namespace trainbus
