// Checks the description of an observer or reward plugin before anything relies on it.
#pragma once

#include <trainbus/plugin.h>
#include <trainbus/reward.h>

#include <filesystem>

namespace trainbus {

// Both throw PluginError naming file, what was found and what was expected.
void check_module(const tb_module& module, const std::filesystem::path& file);
void check_module(const tb_reward_module& module, const std::filesystem::path& file);

}  // namespace trainbus
