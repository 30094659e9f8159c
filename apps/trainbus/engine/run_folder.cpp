#include "run_folder.hpp"

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/log.hpp"
#include "core/journal/reader.hpp"
#include "core/plan/recorded_run.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

bool is_temporary(const std::string& name) { return name.find(".tmp-") != std::string::npos; }

// What a killed process was writing aside. Checkpoints look after their own.
void remove_temporaries_in(const fs::path& folder) {
  FileSystem& files = file_system();
  if (!files.exists(folder)) return;
  for (const std::string& name : files.list(folder))
    if (is_temporary(name)) files.remove_tree(folder / name);
}

// The outermost part of the path that is not there yet; empty if all of it is.
fs::path first_missing(const fs::path& path) {
  fs::path missing;
  for (fs::path p = path; !file_system().exists(p) && p != p.parent_path(); p = p.parent_path())
    missing = p;
  return missing;
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

}  // namespace

RunFolder::RunFolder(const RunSpec& spec)
    : path_(fs::absolute(spec.run.text("run-dir")).lexically_normal()) {
  if (spec.verb == "resume")
    find_again();
  else
    make(spec.run.flag("overwrite"));
}

void RunFolder::make(bool overwrite) {
  FileSystem& files = file_system();
  made_ = first_missing(path_);
  const bool is_there = made_.empty() && files.type(path_) != FileSystem::Type::File;
  if (is_there && files.exists(path_ / "run.lock")) lock_ = std::make_unique<RunLock>(path_);
  if (lock_ && was_never_begun(path_)) return take_over();
  if (is_there && overwrite) clear_earlier_run();
  lock_.reset();
  make_run_directory(path_);
  try {
    lock_ = std::make_unique<RunLock>(path_);
    files.sync_folder(path_);  // what a power cut leaves is a folder of ours, or an empty one
  } catch (...) {
    made_.clear();  // it is another's
    throw;
  }
  is_ours_ = true;
}

// Only what a run wrote is taken away: a folder without run.json is somebody else's.
void RunFolder::clear_earlier_run() {
  FileSystem& files = file_system();
  if (files.list(path_).empty()) return;
  if (!files.exists(path_ / "run.json"))
    throw UsageError("the folder is not empty and holds no run.json, so no run wrote it",
                     path_.string(), "Choose another --run-dir; --overwrite replaces runs only.");
  try {
    for (const std::string& name : files.list(path_)) files.remove_tree(path_ / name);
  } catch (const RunError& error) {
    throw UsageError(std::string("cannot remove the earlier run: ") + error.what(), path_.string(),
                     "Choose another --run-dir.");
  }
}

void RunFolder::take_over() {
  if (file_system().exists(journal())) file_system().remove(journal());
  remove_temporaries_in(path_);
}

void RunFolder::find_again() {
  lock_ = std::make_unique<RunLock>(path_);
  earlier_ = record_of_run(path_);
  for (const char* folder : {"", "model", "best-model"}) remove_temporaries_in(path_ / folder);
}

void RunFolder::begin(const std::string& run_json, const AttemptBegin& attempt) {
  run_json_ = with_attempt(run_json, earlier_, attempt);
  file_system().replace(path_ / "run.json", run_json_);
  has_begun_ = true;
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

RunFolder::~RunFolder() {
  log::close_file();
  if (is_ours_ && !has_begun_) take_away();
}

void RunFolder::take_away() noexcept try {
  FileSystem& files = file_system();
  if (!made_.empty()) return files.remove_tree(made_);
  for (const std::string& name : files.list(path_)) files.remove_tree(path_ / name);
} catch (...) {
  // What stays holds no run.json: the next run takes it over.
}

}  // namespace trainbus
