// The names in a folder of checkpoints.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "core/io/file_system.hpp"

namespace trainbus {

struct StepFolder {
  enum class Kind {
    Checkpoint,  // step-00000120
    Temporary,   // step-00000120.tmp-4711, of the process 4711: not finished
    SetAside     // step-00000120.bad: was found damaged when its step was repeated
  };
  std::uint64_t step = 0;
  Kind kind = Kind::Checkpoint;
};

// "step-00000120": at least eight digits, so that names sort as steps do.
TRAINBUS_EXPORT std::string step_folder_name(std::uint64_t step);
// None if the name is none of the three.
TRAINBUS_EXPORT std::optional<StepFolder> parse_step_folder(std::string_view name);

// The paths of one kind, by step, from the highest. Empty if there is no such folder.
struct StepPath {
  std::uint64_t step = 0;
  std::filesystem::path path;
};
std::vector<StepPath> step_folders(FileSystem& files, const std::filesystem::path& checkpoints,
                                   StepFolder::Kind kind);

}  // namespace trainbus
