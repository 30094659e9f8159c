#include "run_folder.hpp"

#include "core/error.hpp"
#include "core/file_system.hpp"
#include "core/log.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

// Only what a run wrote is taken away: a folder without run.json is somebody else's.
void clear_earlier_run(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder, error) || fs::is_empty(folder, error)) return;
  if (!fs::exists(folder / "run.json", error))
    throw UsageError("the folder is not empty and holds no run.json, so no run wrote it",
                     folder.string(), "Choose another --run-dir; --overwrite replaces runs only.");
  { const RunLock nobody_writes_it(folder); }
  fs::remove_all(folder, error);
  if (error)
    throw UsageError("cannot remove the earlier run: " + error.message(), folder.string(), "");
}

// The outermost part of the path that is not there yet; empty if all of it is.
fs::path first_missing(const fs::path& path) {
  fs::path missing;
  std::error_code error;
  for (fs::path p = fs::absolute(path).lexically_normal();
       !fs::exists(p, error) && p != p.parent_path(); p = p.parent_path())
    missing = p;
  return missing;
}

}  // namespace

RunFolder::RunFolder(const RunSpec& spec) {
  if (spec.verb == "resume")
    find_again(spec);
  else
    make(spec);
}

void RunFolder::make(const RunSpec& spec) {
  const fs::path wanted = spec.run.text("run-dir");
  if (spec.run.flag("overwrite")) clear_earlier_run(wanted);
  std::error_code error;
  if (fs::exists(wanted / "run.lock", error)) const RunLock nobody_writes_it(wanted);
  made_ = first_missing(wanted);
  path_ = make_run_directory(wanted);
  try {
    lock_ = std::make_unique<RunLock>(path_);
  } catch (...) {
    begun_ = true;  // it is another's
    throw;
  }
}

void RunFolder::find_again(const RunSpec& spec) {
  begun_ = true;  // nothing is to be taken away
  path_ = fs::absolute(spec.run.text("run-dir")).lexically_normal();
  lock_ = std::make_unique<RunLock>(path_);
  earlier_ = file_system().read_all(path_ / "run.json");
}

void RunFolder::begin(const std::string& run_json, const AttemptBegin& attempt) {
  run_json_ = with_attempt(run_json, earlier_, attempt);
  file_system().replace(path_ / "run.json", run_json_);
  log::open_file(path_ / "log.txt");
  begun_ = true;
}

void RunFolder::end(const RunEnd& end) try {
  file_system().replace(path_ / "run.json", with_end(run_json_, end));
} catch (const std::exception& error) {
  log::warning(std::string("how the run ended is not in run.json: ") + error.what());
}

RunFolder::~RunFolder() {
  log::close_file();
  lock_.reset();
  std::error_code ignored;
  if (begun_) return;
  if (!made_.empty())
    fs::remove_all(made_, ignored);
  else
    fs::remove(path_ / "run.lock", ignored);
}

}  // namespace trainbus
