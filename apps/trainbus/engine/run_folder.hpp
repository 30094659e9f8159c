// The folder that a run writes into: made or found again, locked, with run.json, log.txt and the
// journal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "core/plan/run_attempts.hpp"
#include "core/plan/run_record.hpp"
#include "core/plan/run_spec.hpp"

namespace trainbus {

class RunFolder {
 public:
  // Makes and locks the folder that the options name, or takes over one whose process was killed
  // before its run began; for the verb resume, locks the one that is there. Throws UsageError.
  explicit RunFolder(const RunSpec& spec);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path journal() const { return path_ / "journal"; }
  // What run.json says of earlier attempts; empty if there was none.
  const std::string& earlier_record() const { return earlier_; }
  // The attempt begins: writes run.json and opens log.txt. From the first run.json on there is a
  // run to go on with, so the journal has to be there before. Until then, the destructor takes away
  // what was made, so that a refused run leaves nothing behind.
  void begin(const std::string& run_json, const AttemptBegin& attempt);
  // The attempt has ended: adds it to run.json. A disk that is full is no reason to fail: it is
  // logged.
  void end(const RunEnd& end);

 private:
  void make(bool overwrite);
  void clear_earlier_run();
  void take_over();
  void find_again();
  void take_away() noexcept;

  std::filesystem::path path_;
  std::filesystem::path made_;  // the outermost folder that this run made; empty: none
  std::unique_ptr<RunLock> lock_;
  std::string earlier_, run_json_;
  bool is_ours_ = false;  // it was not there or empty
  bool has_begun_ = false;
};

}  // namespace trainbus
