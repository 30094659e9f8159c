// The folder of a run: claims and locks it, and keeps its run.json and log.txt.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/export.hpp"
#include "core/plan/replaced_run.hpp"
#include "core/plan/run_attempts.hpp"
#include "core/plan/run_record.hpp"

namespace trainbus {

// Until begin() nothing in the folder is changed permanently, and the destructor removes everything
// that was made: a run that is refused, or ends while it is loading, leaves no files.
class TRAINBUS_EXPORT RunFolder {
 public:
  enum class Claim {
    New,       // missing, empty, or left by a process that was killed before its run began
    Numbered,  // as New; if the folder is taken, tries NAME-2, NAME-3, …
    Replace,   // as New, or the folder of a run, which is removed when the new run has begun
    Resume,    // the folder of a run
    NewOrResume
  };

  // Claims and locks the folder. Throws UsageError.
  RunFolder(const std::filesystem::path& folder, Claim claim);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }  // absolute
  std::filesystem::path journal() const { return path_ / "journal"; }
  // Whether the folder's run is resumed.
  bool resumes() const { return resumes_; }
  // The run.json of earlier attempts; empty if there was none.
  const std::string& earlier_record() const { return earlier_; }

  // Throws UsageError if `path`, the value of `option`, is or contains a file of the run that would
  // be replaced: without it the new run could not be resumed after a kill.
  void check_input(const std::filesystem::path& path, std::string_view option) const;

  // Makes room for the run's files, when all its parts are accepted: sets the earlier run aside
  // until begin(). Called before plugins are created, since they open files. Throws UsageError.
  void make_room();
  // Begins the attempt: writes run.json and opens log.txt. As soon as run.json exists, the run can
  // be resumed, so the journal must exist before.
  void begin(const std::string& run_json, const AttemptBegin& attempt);
  // Adds the end of the attempt to run.json. A failure, such as a full disk, is only logged.
  void end(const RunEnd& end);
  // After the end of an attempt: the next one resumes the run.
  void begin_anew();
  // What the destructor does; for processes that end without it.
  void close() noexcept;

 private:
  bool claim_new();
  void claim(Claim claim);
  void lock();
  void find_again();
  void remove_made_files() noexcept;

  std::filesystem::path path_;
  std::filesystem::path made_;  // the outermost folder that this run made; empty: none
  std::unique_ptr<RunLock> lock_;
  std::unique_ptr<ReplacedRun> replaced_;
  std::string earlier_, run_json_;
  bool resumes_ = false, replaces_ = false;
  bool is_ours_ = false;  // it was missing or empty
  bool has_begun_ = false, is_closed_ = false;
};

}  // namespace trainbus
