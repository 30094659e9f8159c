// Whether a file is a whole shared object for this machine: the loader would crash on a torn one.
#pragma once

#include <filesystem>

namespace trainbus {

// Throws PluginError saying what the file is instead. Reads headers only; runs none of its code.
void check_shared_object(const std::filesystem::path& file);

}  // namespace trainbus
