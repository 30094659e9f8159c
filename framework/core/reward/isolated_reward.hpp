// A reward in a process of its own, which judges with threads as this one would: a crash or a hang
// ends that process, and becomes an error that names it.
#pragma once

#include <memory>
#include <string>

#include "core/host/isolate/isolation_limits.hpp"
#include "core/reward/reward.hpp"

namespace trainbus {

// Starts the process and creates the instances in it. Throws PluginError as make_reward does. The
// process itself reports a call that exceeds settings.limit; hang_limit is how much longer this one
// waits for it to do so.
TRAINBUS_EXPORT std::unique_ptr<Reward> make_isolated_reward(
    const Plugin& plugin, const std::string& name, const OptionValues& values,
    const RewardSettings& settings,
    const IsolationLimits& limits = {.start_limit = std::chrono::seconds(60),
                                     .patience = std::chrono::seconds(30),
                                     .hang_limit = std::chrono::seconds(10)});

}  // namespace trainbus
