// Rewards: one number for each answer that a model generated, from a plugin (trainbus/reward.h). It
// is the objective of zeroth-order runs and a metric of evaluations.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/export.hpp"
#include "core/host/catalog.hpp"
#include "core/host/option.hpp"

namespace trainbus {

// What is to be judged. Texts that are not valid UTF-8 are repaired before the plugin sees them.
struct RewardItem {
  std::string_view prompt, answer;
  std::span<const std::string> references;
  std::span<const float> token_log_probabilities;  // natural logarithms
};

class TRAINBUS_EXPORT Reward {
 public:
  virtual ~Reward();
  virtual const std::string& id() const = 0;  // the plugin's
  // One number an item, in the order of the items, whatever thread was first: finite, and more is
  // better. Both spans have the same length. Throws PluginError that names the plugin, the item and
  // the reason if a call fails, does not return within the limit, gives what is not finite, or ends
  // its process; of several such items, the first. One thread at a time; the plugin is called by
  // other threads, so that it changes nothing in this one.
  virtual void score(std::span<const RewardItem> items, std::span<double> rewards) = 0;
};

// How a reward's plugin is run. The options that every reward has beside its plugin's own; where a
// plugin has an option of the same name, the name means the plugin's.
struct RewardSettings {
  unsigned threads = 0;                                      // --ID.threads; 0: one for each core
  std::chrono::nanoseconds limit = std::chrono::minutes(1);  // --ID.limit, for one answer
  bool isolated = false;                                     // --ID.isolate
};
// The plugin's options, and those of its settings.
TRAINBUS_EXPORT std::vector<Option> reward_options(const Plugin& plugin);
TRAINBUS_EXPORT RewardSettings reward_settings(const OptionValues& values, const Plugin& plugin);

// The plugin behind `--objective ID|FILE.so`. Throws PluginError if there is none, or if it is no
// reward. What comes back lives as long as the process.
TRAINBUS_EXPORT const Plugin& find_reward(std::string_view id_or_file, Catalog& catalog);

// Creates the plugin's instances, or its process. name: the instance's, for messages and as the
// prefix of its options; values: of reward_options(). Throws PluginError if it cannot be created,
// with the plugin's own message, and UsageError for a value that is missing.
TRAINBUS_EXPORT std::unique_ptr<Reward> make_reward(const Plugin& plugin, const std::string& name,
                                                    const OptionValues& values);

// All of the above: options are names without the prefix, with values as a user types them.
TRAINBUS_EXPORT std::unique_ptr<Reward> load_reward(
    std::string_view id_or_file, Catalog& catalog,
    std::span<const std::pair<std::string, std::string>> options = {});

// Whether a call of a reward that exceeded its limit still occupies a thread of this process. Then
// return from main by std::_Exit only: what that thread uses must not be destroyed.
TRAINBUS_EXPORT bool a_reward_still_runs();

}  // namespace trainbus
