#include "core/checkpoint/checkpoints.hpp"

#include <algorithm>

#include "core/checkpoint/manifest.hpp"
#include "core/checkpoint/verify.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;
using Kind = StepFolder::Kind;

constexpr std::size_t checked_to_the_byte = 2;

std::vector<CheckpointSearch::Rejected> other_folders(FileSystem& files,
                                                      const fs::path& checkpoints) {
  std::vector<CheckpointSearch::Rejected> others;
  for (const std::string& name : files.list(checkpoints)) {
    const fs::path path = checkpoints / name;
    if (!parse_step_folder(name) && files.type(path) == FileSystem::Type::Folder)
      others.push_back({path, "its name is not a checkpoint's, such as " + step_folder_name(120)});
  }
  return others;
}

// MANIFEST is removed first, so that a half-removed folder is not taken for a checkpoint.
void remove_checkpoint(FileSystem& files, const fs::path& folder) {
  if (files.exists(folder / manifest_name)) {
    files.remove(folder / manifest_name);
    files.sync_folder(folder);
  }
  files.remove_tree(folder);
}

// The step of the oldest of the `keep` newest good ones; none if there are fewer.
std::optional<std::uint64_t> oldest_to_keep(FileSystem& files,
                                            const std::vector<StepPath>& newest_first,
                                            std::size_t keep) {
  std::size_t good = 0;
  for (const auto& [step, path] : newest_first) {
    const auto depth =
        good < checked_to_the_byte ? CheckpointDepth::Content : CheckpointDepth::Sizes;
    if (!verify_checkpoint(files, path, depth) && ++good == keep) return step;
  }
  return std::nullopt;
}

}  // namespace

CheckpointSearch newest_good(FileSystem& files, const fs::path& checkpoints, std::uint64_t last) {
  CheckpointSearch search;
  if (!files.exists(checkpoints)) return search;
  for (const StepPath& temporary : step_folders(files, checkpoints, Kind::Temporary))
    search.temporaries.push_back(temporary.path);
  for (const StepPath& checkpoint : step_folders(files, checkpoints, Kind::Checkpoint)) {
    if (checkpoint.step > last) continue;
    const std::optional<std::string> damage = verify_checkpoint(files, checkpoint.path);
    if (!damage) {
      search.newest = checkpoint;
      break;
    }
    search.rejected.push_back({checkpoint.path, *damage});
  }
  std::ranges::move(other_folders(files, checkpoints), std::back_inserter(search.rejected));
  return search;
}

std::vector<fs::path> remove_temporaries(FileSystem& files, const fs::path& checkpoints) {
  std::vector<fs::path> removed;
  for (const StepPath& temporary : step_folders(files, checkpoints, Kind::Temporary)) {
    files.remove_tree(temporary.path);
    removed.push_back(temporary.path);
  }
  if (!removed.empty()) files.sync_folder(checkpoints);
  return removed;
}

std::vector<fs::path> prune(FileSystem& files, const fs::path& checkpoints, std::size_t keep,
                            std::span<const fs::path> spared) {
  const auto is_spared = [&](const StepPath& checkpoint) {
    return std::ranges::count(spared, checkpoint.path.filename(), &fs::path::filename) > 0;
  };
  std::vector<StepPath> found = step_folders(files, checkpoints, Kind::Checkpoint);
  std::erase_if(found, is_spared);
  keep = std::max(keep, checked_to_the_byte);
  if (found.size() <= keep) return {};
  const std::optional<std::uint64_t> oldest = oldest_to_keep(files, found, keep);
  if (!oldest) return {};

  std::ranges::move(step_folders(files, checkpoints, Kind::SetAside), std::back_inserter(found));
  std::erase_if(found, [&](const StepPath& path) { return path.step >= *oldest; });
  std::ranges::stable_sort(found, {}, &StepPath::step);
  std::vector<fs::path> removed;
  for (const StepPath& checkpoint : found) {
    remove_checkpoint(files, checkpoint.path);
    removed.push_back(checkpoint.path);
  }
  if (!removed.empty()) files.sync_folder(checkpoints);
  return removed;
}

}  // namespace trainbus
