// The folder that a run writes into: made, locked, with run.json and log.txt.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/run_end.hpp"
#include "core/run_record.hpp"
#include "core/run_spec.hpp"

namespace trainbus {

class RunFolder {
 public:
  // Makes and locks the folder that the options name. Throws UsageError.
  explicit RunFolder(const RunSpec& spec);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // The run begins: writes run.json and opens log.txt. Until then, the destructor takes away what
  // was made, so that a refused run leaves nothing behind.
  void begin(const std::string& run_json);
  // The run has ended: adds it to run.json. A disk that is full is no reason to fail: it is logged.
  void end(const RunEnd& end);

 private:
  std::filesystem::path path_;
  std::filesystem::path made_;  // the outermost folder that this run made; empty: none
  std::unique_ptr<RunLock> lock_;
  std::string run_json_;
  bool begun_ = false;
};

}  // namespace trainbus
