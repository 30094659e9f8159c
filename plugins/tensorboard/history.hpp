// What earlier attempts left in a run directory, read back from their event files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <trainbus/plugin/file.hpp>
#include <unordered_map>
#include <vector>

namespace trainbus::tensorboard {

// Every event file's name begins so; ten digits of seconds since 1970 follow.
inline constexpr std::string_view kFilePrefix = "events.out.tfevents.";
// And so the name of one that says how an attempt ended.
inline constexpr std::string_view kEndSuffix = ".end";

struct History {
  std::int64_t newest_s = 0;  // the largest timestamp in a file's name
  // Of each tag of scalars or histograms: the last step that readers show, up to the one that the
  // run goes on after.
  std::unordered_map<std::string, std::int64_t> last;
  std::vector<std::string> endings;  // files that say how an earlier attempt ended

  // Takes the next file in order of names. Reads up to the first record that is damaged or torn,
  // as TensorBoard does. Points after `initial_step` are going to be made again and do not count.
  void read(const File& file, std::int64_t initial_step);
};

// Adds what stands in the run directory. Throws std::runtime_error if a file or the directory
// cannot be read; what is known by then, the names first, is in `history`.
void read_history(const Files& files, std::int64_t initial_step, History& history);

}  // namespace trainbus::tensorboard
