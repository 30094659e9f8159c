#include "run/run_folder.hpp"

#include <algorithm>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/log.hpp"
#include "core/journal/reader.hpp"
#include "core/plan/recorded_run.hpp"
#include "core/plan/run_files.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

// Temporary files of a killed process, except those of checkpoints.
void remove_temporaries_in(const fs::path& folder) {
  FileSystem& files = file_system();
  if (!files.exists(folder)) return;
  for (const std::string& name : files.list(folder))
    if (is_temporary(name)) files.remove_tree(folder / name);
}

// The outermost folder of the path that does not exist; empty if all exist.
fs::path first_missing(const fs::path& path) {
  fs::path missing;
  for (fs::path p = path; !file_system().exists(p) && p != p.parent_path(); p = p.parent_path())
    missing = p;
  return missing;
}

bool is_folder(const fs::path& path) {
  FileSystem& files = file_system();
  return files.exists(path) && files.type(path) != FileSystem::Type::File;
}

bool holds_a_run(const fs::path& folder) {
  FileSystem& files = file_system();
  return files.exists(folder / "run.json") || has_replaced_run(files, folder);
}

// Whether a process that was killed before its run began was here: it left a lock, no record of a
// run, and a journal of no step at the most.
bool was_never_begun(const fs::path& folder) try {
  FileSystem& files = file_system();
  if (!files.exists(folder / "run.lock") || files.exists(folder / "run.json")) return false;
  return !files.exists(folder / "journal") ||
         journal::read(files, folder / "journal").last_step == 0;
} catch (const RunError&) {
  return false;
}

fs::path absolute_path(const fs::path& path) {
  std::error_code error;
  fs::path result = fs::absolute(path, error).lexically_normal();
  if (path.empty() || error)
    throw UsageError(error ? error.message() : "the path is empty", path.string(),
                     "Choose another run directory.");
  return result.has_filename() ? result : result.parent_path();
}

bool is_within(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

fs::path resolved(const fs::path& path) {
  std::error_code error;
  fs::path result = fs::weakly_canonical(path, error);
  return error ? path : result;
}

// The path itself and, of a folder, its entries: models in caches are folders of links.
std::vector<fs::path> reached(const fs::path& path) {
  std::vector<fs::path> paths = {resolved(path)};
  std::error_code error;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error))
    paths.push_back(resolved(entry->path()));
  return paths;
}

}  // namespace

RunFolder::RunFolder(const fs::path& folder, Claim wish) : path_(absolute_path(folder)) {
  if (wish != Claim::Numbered) {
    claim(wish);
    return;
  }
  const fs::path first = path_;
  for (unsigned number = 2; !claim_new(); ++number)
    path_ = first.parent_path() / (first.filename().string() + '-' + std::to_string(number));
}

// False if a run, or a process that begins one, has the folder.
bool RunFolder::claim_new() {
  if (is_folder(path_) && !file_system().list(path_).empty() && !was_never_begun(path_))
    return false;
  try {
    claim(Claim::New);
    return true;
  } catch (const UsageError&) {
    if (!is_folder(path_) || !file_system().exists(path_ / "run.lock")) throw;
    return false;
  }
}

void RunFolder::claim(Claim wish) {
  FileSystem& files = file_system();
  if (wish == Claim::Resume) return find_again();
  if (wish == Claim::NewOrResume && is_folder(path_) && holds_a_run(path_)) return find_again();
  made_ = first_missing(path_);
  if (made_.empty() && is_folder(path_)) {
    if (files.exists(path_ / "run.lock") || (wish == Claim::Replace && holds_a_run(path_))) lock();
    if (lock_) settle_replaced_run(files, path_);
    if (lock_ && was_never_begun(path_)) return;
    if (wish == Claim::Replace && files.exists(path_ / "run.json")) {
      replaces_ = true;
      return;
    }
    if (wish == Claim::Replace && !files.list(path_).empty())
      throw UsageError("the folder is not empty and holds no run.json, so no run wrote it",
                       path_.string(), "Choose another --run-dir; --overwrite replaces runs only.");
  }
  make_run_directory(path_);
  is_ours_ = true;
  try {
    lock();
    files.sync_folder(path_);  // what a power cut leaves is a folder of ours, or an empty one
  } catch (...) {
    const bool another_has_it = !lock_ && files.exists(path_ / "run.lock");
    if (!another_has_it) remove_made_files();
    lock_.reset();
    is_ours_ = false;
    throw;
  }
}

void RunFolder::lock() {
  if (!lock_) lock_ = std::make_unique<RunLock>(path_);
}

void RunFolder::find_again() {
  lock();
  settle_replaced_run(file_system(), path_);
  earlier_ = record_of_run(path_);
  resumes_ = true;
}

void RunFolder::check_input(const fs::path& path, std::string_view option) const {
  if (!replaces_) return;
  FileSystem& files = file_system();
  std::vector<fs::path> goes;
  for (const fs::path& file : files_of_run(files, path_, files.read_all(path_ / "run.json")))
    goes.push_back(resolved(path_ / file));
  const fs::path run = resolved(path_);
  for (const fs::path& input : reached(path))
    for (const fs::path& file : goes)
      if (file == input || (is_within(input, run) && is_within(file, input)))
        throw UsageError(
            "is of the run that --overwrite is to replace, and the new run needs it to go on after "
            "an interruption",
            std::string(option) + " " + path.string(),
            "Give another --run-dir, or copy it to a place of its own first.");
}

void RunFolder::make_room() try {
  FileSystem& files = file_system();
  if (replaces_) {
    replaced_ = std::make_unique<ReplacedRun>(files, path_);
  } else if (resumes_) {
    for (const char* folder : {"", "model", "best-model"}) remove_temporaries_in(path_ / folder);
  } else {
    if (files.exists(journal())) files.remove(journal());
    remove_temporaries_in(path_);
  }
} catch (const RunError& error) {
  throw UsageError(std::string("there is no room for the run: ") + error.what(), path_.string(),
                   "Choose another --run-dir.");
}

void RunFolder::begin(const std::string& run_json, const AttemptBegin& attempt) {
  run_json_ = with_attempt(run_json, earlier_, attempt);
  file_system().replace(path_ / "run.json", run_json_);
  has_begun_ = true;
  lock_->keep();
  if (replaced_) replaced_->remove();
  try {
    log::open_file(path_ / "log.txt");
  } catch (const RunError& error) {
    log::warning(std::string("the log is not kept: ") + error.what());
  }
}

void RunFolder::end(const RunEnd& end) try {
  file_system().replace(path_ / "run.json", with_end(run_json_, end));
} catch (const std::exception& error) {
  log::warning(std::string("how the run ended is not in run.json: ") + error.what());
}

void RunFolder::begin_anew() {
  log::close_file();
  replaces_ = false;
  find_again();
}

RunFolder::~RunFolder() { close(); }

void RunFolder::close() noexcept {
  if (is_closed_) return;
  is_closed_ = true;
  log::close_file();
  replaced_.reset();
  if (is_ours_ && !has_begun_) remove_made_files();
  lock_.reset();
}

void RunFolder::remove_made_files() noexcept try {
  FileSystem& files = file_system();
  if (!made_.empty()) return files.remove_tree(made_);
  for (const std::string& name : files.list(path_)) files.remove_tree(path_ / name);
} catch (...) {
  // The rest has no run.json, so the next run can use the folder.
}

}  // namespace trainbus
