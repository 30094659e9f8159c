// A plugin file: checked before any of its code runs, then loaded until the process ends.
#pragma once

#include <trainbus/plugin.h>
#include <trainbus/reward.h>

#include <filesystem>
#include <string>

#include "core/export.hpp"
#include "core/host/catalog.hpp"

namespace trainbus {

// The description that a plugin file exports: one of module, rewards and engine is not null, except
// for an engine plugin without a tag.
struct Library {
  std::filesystem::path file;
  const tb_module* module = nullptr;
  const tb_reward_module* rewards = nullptr;
  const EngineModule* engine = nullptr;
};

// Loads a file, or returns it if it is loaded. Nothing is ever unloaded: code of a plugin may be
// needed until the process ends (threads, thread-local and static destructors, LibTorch's
// registries). engine_tag: as in Catalog. Throws PluginError naming the file, what was found, what
// was expected and what to do. Process-wide state that loading changed is restored, with a warning.
// Thread-safe.
TRAINBUS_EXPORT Library load_library(const std::filesystem::path& file,
                                     const std::string& engine_tag);

// Whether a loaded file was changed in place, truncated or overwritten as cp does. Then its mapped
// code is no longer what was loaded, and a process that runs its libraries' destructors would crash
// when it ends.
TRAINBUS_EXPORT bool loaded_files_have_changed();

}  // namespace trainbus
