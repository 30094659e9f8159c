// The checkpoints of a run: which one to go on from, and which ones to remove.
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
  std::optional<StepPath> newest;  // none: there is no good one
  std::vector<Rejected> rejected;  // those newer than it, and folders of other names
  std::vector<std::filesystem::path> temporaries;  // of attempts that were cut short
};

// The newest one that is good, every byte of it checked, of those at or before the step `last`.
// Without the folder, there are none. Throws RunError if it cannot be listed.
TRAINBUS_EXPORT CheckpointSearch
newest_good(FileSystem& files, const std::filesystem::path& checkpoints,
            std::uint64_t last = std::numeric_limits<std::uint64_t>::max());

// Removes what earlier attempts left unfinished, and returns their paths: for the start of an
// attempt, by the process that holds the run's lock. Throws RunError.
TRAINBUS_EXPORT std::vector<std::filesystem::path> remove_temporaries(
    FileSystem& files, const std::filesystem::path& checkpoints);

// Removes the oldest until `keep` good ones are left, and returns their paths, in the order of
// their removal. Of those that stay, the last two are checked to the byte and the others by their
// sizes, and there are never less than two; damaged ones do not count, and are removed when they
// are older than all that stay. Neither counted nor removed: those whose folder's name is in
// `spared`. Throws RunError; what it was about to remove then is no longer a good one.
TRAINBUS_EXPORT std::vector<std::filesystem::path> prune(
    FileSystem& files, const std::filesystem::path& checkpoints, std::size_t keep,
    std::span<const std::filesystem::path> spared = {});

}  // namespace trainbus
