// The real file system code over a disk in memory that fails at a chosen system call, or loses
// power.
//
//     FaultyFileSystem disk;
//     disk.fail(Fault::IoError, 3);            // the third system call from now on
//     disk.files().replace("/run/a", "new");   // throws RunError
//     disk.lose_power();                       // all that was not synced is gone
//     disk.lose_power(7);                      // any part of it is gone, as the seed 7 has it
//
// A loop over k = 1, 2, ... until disk.fault_met() stays false covers every call that an action
// makes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/io/file_system.hpp"
#include "support/simulated_disk.hpp"

namespace trainbus::testing {

class FaultyFileSystem {
 public:
  FileSystem& files() { return *files_; }

  // The k-th system call from now on, from 1, meets the fault. Replaces an earlier order.
  void fail(Fault fault, std::uint64_t k) { disk_.fail(fault, k); }
  void heal() { disk_.fail(Fault::None, 0); }
  bool fault_met() const { return disk_.fault_met(); }
  std::uint64_t calls() const { return disk_.calls(); }  // since the last fail or heal
  void lose_power() { disk_.lose_power(); }
  void lose_power(std::uint64_t seed) { disk_.lose_power(seed); }
  // The j-th sync from now on, from 1, reports success without syncing. syncs() counts them.
  void lie_about_sync(std::uint64_t j) { disk_.lie_about_sync(j); }
  std::uint64_t syncs() const { return disk_.syncs(); }
  void set_free_bytes(std::uint64_t bytes) { disk_.set_free_bytes(bytes); }
  void have_rename_new(bool have) { disk_.have_rename_new(have); }  // as NFS has none

  // Looks at the disk without a system call.
  std::optional<std::string> content(const std::string& path) const { return disk_.content(path); }
  std::size_t file_count() const { return disk_.file_count(); }
  std::size_t open_count() const { return disk_.open_count(); }

 private:
  SimulatedDisk disk_;
  std::unique_ptr<FileSystem> files_ = make_file_system(disk_);
};

}  // namespace trainbus::testing
