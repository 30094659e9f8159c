// Whether a checkpoint is as it was written.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/export.hpp"
#include "core/io/file_system.hpp"

namespace trainbus {

enum class CheckpointDepth {
  Sizes,   // MANIFEST, and names and sizes of all files: fast
  Content  // every byte
};

// Returns what is wrong with the checkpoint in one sentence, without the folder's name; none if it
// is good. A file that cannot be read counts as damage. If the folder is named as a checkpoint, the
// name must have its step.
TRAINBUS_EXPORT std::optional<std::string> verify_checkpoint(
    FileSystem& files, const std::filesystem::path& folder,
    CheckpointDepth depth = CheckpointDepth::Content);

}  // namespace trainbus
