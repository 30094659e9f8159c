// The order of operations; run.json shows how far they got:
//
//     setting aside   everything but run.json is moved, then run.json
//     the new run     writes its journal, then its run.json: from here on it counts
//     removing        the folder gets a name that says "remove me", and is removed
//     putting back    what the new run wrote is removed, run.json moves back, then all else
#include "core/plan/replaced_run.hpp"

#include <unistd.h>
#include <algorithm>
#include <set>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "core/plan/run_files.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

constexpr const char* aside_name = "earlier-run.set-aside";
constexpr const char* record_name = "run.json";

std::string record_in(FileSystem& files, const fs::path& folder) {
  return files.exists(folder / record_name) ? files.read_all(folder / record_name) : std::string();
}

// Moves files, whose paths are relative to both folders, and syncs the moves to disk.
void move_files(FileSystem& files, const std::vector<fs::path>& paths, const fs::path& from,
                const fs::path& to) {
  std::set<fs::path> folders;
  for (const fs::path& path : paths) {
    files.make_folders((to / path).parent_path());
    files.rename_over(from / path, to / path);
    folders.insert((from / path).parent_path());
    folders.insert((to / path).parent_path());
  }
  for (const fs::path& folder : folders) files.sync_folder(folder);
}

// Removes folders below this one that contain no file, and returns whether it is empty then.
bool remove_empty_folders(FileSystem& files, const fs::path& folder) {
  bool empty = true;
  for (const std::string& name : files.list(folder)) {
    const fs::path path = folder / name;
    if (files.type(path) == FileSystem::Type::Folder && remove_empty_folders(files, path))
      files.remove_tree(path);
    else
      empty = false;
  }
  return empty;
}

// Removes the folders that a run makes, if they are empty after its files were removed.
void remove_emptied(FileSystem& files, const fs::path& run) {
  for (const char* name : {"model", "best-model", "checkpoints"})
    if (files.exists(run / name) && files.type(run / name) == FileSystem::Type::Folder &&
        remove_empty_folders(files, run / name))
      files.remove_tree(run / name);
}

void remove_files(FileSystem& files, const fs::path& run, const std::vector<fs::path>& paths) {
  for (const fs::path& path : paths) files.remove(run / path);
  remove_emptied(files, run);
}

// Moves the files that are set aside back to their places.
void move_back(FileSystem& files, const fs::path& run) {
  const fs::path aside = run / aside_name;
  if (files.exists(aside / record_name)) move_files(files, {record_name}, aside, run);
  move_files(files, files_below(files, aside), aside, run);
  files.remove_tree(aside);
  files.sync_folder(run);
}

void remove_for_good(FileSystem& files, const fs::path& run) {
  const fs::path rubbish = run / ("earlier-run.tmp-" + std::to_string(::getpid()));
  files.rename_over(run / aside_name, rubbish);
  files.sync_folder(run);
  files.remove_tree(rubbish);
}

std::vector<fs::path> without_aside(std::vector<fs::path> paths) {
  std::erase_if(paths, [](const fs::path& path) { return *path.begin() == aside_name; });
  return paths;
}

}  // namespace

bool has_replaced_run(FileSystem& files, const fs::path& run) {
  return files.exists(run / aside_name);
}

void settle_replaced_run(FileSystem& files, const fs::path& run) {
  const fs::path aside = run / aside_name;
  if (!files.exists(aside)) return;
  const bool all_aside = files.exists(aside / record_name);
  if (all_aside && files.exists(run / record_name)) return remove_for_good(files, run);
  if (all_aside)
    remove_files(files, run, without_aside(files_of_run(files, run, record_in(files, aside))));
  move_back(files, run);
  log::warning("the run that was to replace this one had not begun: this one is as it was");
}

ReplacedRun::ReplacedRun(FileSystem& files, fs::path run) : files_(files), run_(std::move(run)) {
  try {
    set_aside();
  } catch (...) {
    put_back();
    throw;
  }
}

ReplacedRun::~ReplacedRun() {
  if (!is_removed_) put_back();
}

void ReplacedRun::set_aside() {
  const std::string record = record_in(files_, run_);
  std::vector<fs::path> written = files_of_run(files_, run_, record);
  kept_ = files_below(files_, run_);
  std::erase_if(kept_, [&](const fs::path& path) {
    return std::ranges::binary_search(written, path) || std::ranges::count(written, path) > 0;
  });
  std::erase(written, record_name);
  files_.make_folders(run_ / aside_name);
  move_files(files_, written, run_, run_ / aside_name);
  move_files(files_, {record_name}, run_, run_ / aside_name);
  remove_emptied(files_, run_);
}

void ReplacedRun::put_back() noexcept try {
  if (!files_.exists(run_ / aside_name)) return;
  if (files_.exists(run_ / aside_name / record_name)) {
    std::vector<fs::path> came = without_aside(files_below(files_, run_));
    std::erase_if(came, [&](const fs::path& path) { return std::ranges::count(kept_, path) > 0; });
    remove_files(files_, run_, came);
  }
  move_back(files_, run_);
} catch (const std::exception& error) {
  log::error(std::string("the earlier run is not back in its place: ") + error.what() +
             " Its files are in " + (run_ / aside_name).string() +
             "; the next trainbus train or resume there puts them back");
}

void ReplacedRun::remove() noexcept try {
  is_removed_ = true;
  remove_for_good(files_, run_);
} catch (const std::exception& error) {
  log::warning(std::string("the earlier run's files are not removed: ") + error.what());
}

}  // namespace trainbus
