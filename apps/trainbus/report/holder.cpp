#include "report/holder.hpp"

#include <sys/stat.h>

#include <fstream>
#include <sstream>

namespace trainbus::report {

Holder holder_of(const std::filesystem::path& run_folder) {
  const std::filesystem::path path = run_folder / "run.lock";
  Holder holder;
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return holder;
  std::ifstream lock(path);
  std::getline(lock, holder.words);
  struct stat status {};
  if (!lock.is_open() || ::stat(path.c_str(), &status) != 0) return holder;
  // "1: FLOCK ADVISORY WRITE 2733 fe:00:10952718 0 EOF". The device is not compared, since some
  // file systems report another one to stat(2); the process id is.
  std::istringstream words(holder.words);
  std::string process, pid;
  words >> process >> pid;
  const std::string inode = ':' + std::to_string(status.st_ino);
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream fields(line);
    std::string number, kind, strength, access, owner, file;
    fields >> number >> kind >> strength >> access >> owner >> file;
    if (kind == "FLOCK" && owner == pid && file.ends_with(inode)) holder.alive = true;
  }
  return holder;
}

}  // namespace trainbus::report
