// Loads a plugin file for the rest of the process, as a host does, without a host.
#pragma once

#include <dlfcn.h>
#include <trainbus/plugin.h>

#include <filesystem>

inline std::filesystem::path built(const char* folder, const char* name) {
  return std::filesystem::path(TRAINBUS_BINARY_DIR) / folder / (std::string(name) + ".so");
}

// Null if the file cannot be loaded; dlerror() says why.
inline void* load(const std::filesystem::path& file) {
  return dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
}

// Null if it is not a plugin.
inline const tb_module* module_of(void* library) {
  return static_cast<const tb_module*>(dlsym(library, "trainbus_module_v1"));
}
