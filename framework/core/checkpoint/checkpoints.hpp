// The checkpoints of a run: which one to resume from, and which ones to remove.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/checkpoint/step_folder.hpp"
#include "core/export.hpp"
#include "core/io/file_system.hpp"

namespace trainbus {

struct CheckpointSearch {
  struct Rejected {
    std::filesystem::path path;
    std::string why;  // one sentence, without the path
  };
  std::optional<StepPath> newest;  // the newest good one; none if no checkpoint is good
  std::vector<Rejected> rejected;  // newer checkpoints, and folders of other names
  std::vector<std::filesystem::path> temporaries;  // left behind by attempts that were killed
};

// Searches for the newest good checkpoint at or before the step `last`, checking every byte. Finds
// none if the folder does not exist. Throws RunError if it cannot be listed.
TRAINBUS_EXPORT CheckpointSearch
newest_good(FileSystem& files, const std::filesystem::path& checkpoints,
            std::uint64_t last = std::numeric_limits<std::uint64_t>::max());

// Removes unfinished checkpoints of earlier attempts and returns their paths. Called at the start
// of an attempt by the process that holds the run's lock. Throws RunError.
TRAINBUS_EXPORT std::vector<std::filesystem::path> remove_temporaries(
    FileSystem& files, const std::filesystem::path& checkpoints);

// Removes the oldest checkpoints until `keep` good ones, at least two, are left; returns the
// removed paths in order. Of those that stay, every byte of the last two is checked, and the sizes
// of the others. Damaged ones do not count, and are removed if they are older than all that stay.
// Folders whose name is in `spared` are neither counted nor removed. Throws RunError; then the
// checkpoint that was being removed is no longer a good one.
TRAINBUS_EXPORT std::vector<std::filesystem::path> prune(
    FileSystem& files, const std::filesystem::path& checkpoints, std::size_t keep,
    std::span<const std::filesystem::path> spared = {});

}  // namespace trainbus
