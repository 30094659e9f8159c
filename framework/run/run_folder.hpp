// The folder that a run writes into: claimed, locked, with run.json, log.txt and the journal.
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

// Until begin() nothing that was in the folder is changed for good, and the destructor takes away
// whatever was made: what is refused, or ends while it is loading, leaves nothing behind.
class TRAINBUS_EXPORT RunFolder {
 public:
  enum class Claim {
    New,       // not there, empty, or left by a process that was killed before its run began
    Numbered,  // as New; if it is taken, NAME-2, NAME-3, … is tried
    Replace,   // as New, or the folder of a run, which goes when the new run has begun
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
  // Whether the run in it goes on.
  bool resumes() const { return resumes_; }
  // What run.json says of earlier attempts; empty if there was none.
  const std::string& earlier_record() const { return earlier_; }

  // Throws UsageError if `path`, the value of `option`, is or holds a file of the run that would be
  // replaced: the new run could not go on after a kill without it.
  void check_input(const std::filesystem::path& path, std::string_view option) const;

  // All that the run is made of is accepted: makes room for its files. The earlier run is set aside
  // until begin(). Called before plugins, which open files, are created. Throws UsageError.
  void make_room();
  // The attempt begins: writes run.json and opens log.txt. From the first run.json on there is a
  // run to go on with, so its journal has to be there before.
  void begin(const std::string& run_json, const AttemptBegin& attempt);
  // The attempt has ended: adds it to run.json. A disk that is full is no reason to fail: it is
  // logged.
  void end(const RunEnd& end);
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
  bool is_ours_ = false;  // it was not there or empty
  bool has_begun_ = false, is_closed_ = false;
};

}  // namespace trainbus
