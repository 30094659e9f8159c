// A plugin file: looked into before any of its code runs, then loaded for good.
#pragma once

#include <trainbus/plugin.h>

#include <filesystem>
#include <string>

#include "core/export.hpp"
#include "core/host/catalog.hpp"

namespace trainbus {

// What a plugin file offers. One of both is not null, except for an engine plugin without a tag.
struct Library {
  std::filesystem::path file;
  const tb_module* module = nullptr;
  const EngineModule* engine = nullptr;
};

// Loads a file, or hands out what is loaded. Nothing is ever unloaded: code of a plugin may be
// needed until the process ends (threads, thread-local and static destructors, LibTorch's
// registries). engine_tag: as in Catalog. Throws PluginError naming the file, what was found, what
// was expected and what to do. Process-wide state that loading changed is put back, with a warning.
// Thread-safe.
TRAINBUS_EXPORT Library load_library(const std::filesystem::path& file,
                                     const std::string& engine_tag);

// Whether a file that was loaded is no longer as it was, in place: cut off or written over, as cp
// does. Then what is mapped of it is not what was loaded, and a process that ends in the usual way,
// through the code of its libraries, would crash at its end.
TRAINBUS_EXPORT bool loaded_files_have_changed();

}  // namespace trainbus
