// The plugins of a run, from the default list, the run file and the command line.
#pragma once

#include <string>
#include <vector>

#include "core/export.hpp"
#include "core/host/catalog.hpp"
#include "core/host/option.hpp"

namespace trainbus {

// One plugin of a run, under a name of its own.
struct PluginInstance {
  std::string name;                // "ema", or as given by NAME=ID
  std::string source;              // "default", "run.ini:3", "command line"
  const Plugin* plugin = nullptr;  // never null in a resolved run; lives as long as the process
  OptionValues options;

  bool is_optimizer() const { return plugin->kind == Plugin::Kind::Engine; }
  bool is_reward() const { return plugin->kind == Plugin::Kind::Reward; }
};

// A plugin as a user gave it: ID, FILE.so, NAME=ID or NAME=FILE.so.
struct PluginWish {
  std::string text;
  std::string source;
};

// A plugin that would have been in the run, and why it is not.
struct LeftOut {
  std::string name;
  std::string reason;  // "--without ema"
};

struct PluginPlan {
  std::vector<PluginWish> listed;   // by default or by the run file
  std::vector<PluginWish> added;    // by the command line
  std::vector<PluginWish> without;  // names to leave out
  std::string default_optimizer;    // for a run without a given one; empty: none
  // What --objective says: the name of one of built_in_objectives(), or a reward, which is then one
  // of the instances; an empty text: nothing.
  PluginWish objective;
  std::vector<std::string> taken;  // names that no plugin may have: those of the run's options
};

struct PluginSet {
  std::vector<PluginInstance> instances;
  std::vector<LeftOut> left_out;
};

// The objectives that no plugin brings: "loss", "accuracy", "exact-match", "f1".
TRAINBUS_EXPORT const std::vector<std::string>& built_in_objectives();

// Loads the plan's plugins and gives each its default options. An optimizer that is added replaces
// the listed or default one. Throws UsageError for a doubled name, a second or missing optimizer,
// and a name in `without` that the plan does not have; PluginError for what cannot be loaded.
TRAINBUS_EXPORT PluginSet load_plugins(const PluginPlan& plan, Catalog& catalog);
// Loads the plan's objective alone, if a plugin brings it. Throws as load_plugins.
TRAINBUS_EXPORT PluginSet load_reward(const PluginPlan& plan, Catalog& catalog);

}  // namespace trainbus
