// Reads the event files of earlier attempts in a run directory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <trainbus/plugin/file.hpp>
#include <unordered_map>
#include <vector>

namespace trainbus::tensorboard {

// The beginning of every event file's name; ten digits of seconds since 1970 follow.
inline constexpr std::string_view kFilePrefix = "events.out.tfevents.";
// The end of the name of a file that records how an attempt ended.
inline constexpr std::string_view kEndSuffix = ".end";

struct History {
  std::int64_t newest_s = 0;  // the largest timestamp in a file's name
  // For each tag of scalars or histograms: the last step that readers show, up to the step that the
  // run continues after.
  std::unordered_map<std::string, std::int64_t> last;
  std::vector<std::string> endings;  // files that say how an earlier attempt ended

  // Adds the next file in order of names. Reads up to the first record that is damaged or torn, as
  // TensorBoard does. Points after `initial_step` will be written anew and do not count.
  void read(const File& file, std::int64_t initial_step);
};

// Adds the event files of the run directory. Throws std::runtime_error if a file or the directory
// cannot be read; `history` then has what was read before, the names first.
void read_history(const Files& files, std::int64_t initial_step, History& history);

}  // namespace trainbus::tensorboard
