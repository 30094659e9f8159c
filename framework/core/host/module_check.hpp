// Checks an observer plugin's description before anything relies on it.
#pragma once

#include <trainbus/plugin.h>

#include <filesystem>

namespace trainbus {

// Throws PluginError naming file, what was found and what was expected.
void check_module(const tb_module& module, const std::filesystem::path& file);

}  // namespace trainbus
