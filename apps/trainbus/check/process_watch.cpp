#include "process_watch.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace trainbus::cli {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> environment_now() {
  std::vector<std::string> result;
  for (char** entry = environ; entry && *entry; ++entry) result.emplace_back(*entry);
  std::ranges::sort(result);
  return result;
}

std::set<std::string> names_in(const char* folder) {
  std::set<std::string> names;
  std::error_code gone;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, gone))
    names.insert(entry.path().filename().string());
  return names;
}

std::set<std::string> added(const std::set<std::string>& before, const std::set<std::string>& now) {
  std::set<std::string> result;
  std::ranges::set_difference(now, before, std::inserter(result, result.end()));
  return result;
}

// "3 /dev/null" for each open descriptor; that of the listing itself is closed by then.
std::set<std::string> open_files() {
  std::set<std::string> files;
  for (const std::string& descriptor : names_in("/proc/self/fd")) {
    std::error_code closed;
    const fs::path file = fs::read_symlink("/proc/self/fd/" + descriptor, closed);
    if (!closed) files.insert(descriptor + ' ' + file.string());
  }
  return files;
}

// A thread that has been joined may be listed for a moment longer.
std::set<std::string> threads_beyond(const std::set<std::string>& before) {
  using namespace std::chrono_literals;
  std::set<std::string> more;
  for (int tries = 0; tries < 100; ++tries) {
    more = added(before, names_in("/proc/self/task"));
    if (more.empty()) break;
    std::this_thread::sleep_for(5ms);
  }
  return more;
}

}  // namespace

ProcessWatch::ProcessWatch()
    : environment_(environment_now()),
      files_(open_files()),
      threads_(names_in("/proc/self/task")) {}

std::vector<std::string> ProcessWatch::changes() {
  std::vector<std::string> result = state_.restore();
  if (!result.empty()) state_ = ProcessState();  // what could not be restored is reported once
  const std::vector<std::string> now = environment_now();
  std::vector<std::string> set;
  std::ranges::set_difference(now, environment_, std::back_inserter(set));
  for (const std::string& entry : set)
    result.push_back("the environment (" + entry.substr(0, entry.find('=')) + ")");
  if (set.empty() && now != environment_) result.push_back("the environment (a variable is gone)");
  environment_ = now;
  return result;
}

std::vector<std::string> ProcessWatch::leftovers() {
  std::vector<std::string> result;
  for (const std::string& file : added(files_, open_files()))
    result.push_back("an open file (" + file.substr(file.find(' ') + 1) + ")");
  if (const std::size_t threads = threads_beyond(threads_).size(); threads > 0)
    result.push_back(threads == 1 ? "a thread" : std::to_string(threads) + " threads");
  return result;
}

}  // namespace trainbus::cli
