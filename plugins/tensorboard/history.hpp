// What earlier attempts left in a run directory, read back from their event files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <trainbus/plugin/file.hpp>

namespace trainbus::tensorboard {

// Every event file's name begins so; ten digits of seconds since 1970 follow.
inline constexpr std::string_view kFilePrefix = "events.out.tfevents.";

struct History {
  bool has_files = false;
  std::int64_t newest_s = 0;          // the largest timestamp in a file's name
  std::int64_t last_step = -1;        // with training scalars that a reader still shows
  std::int64_t last_evaluation = -1;  // with scalars under eval/

  // Takes the next file in order of names. Reads up to the first record that is damaged or torn,
  // as TensorBoard does.
  void read(const File& file);
};

// Throws std::runtime_error if a file or the directory cannot be read.
History read_history(const Files& files);

}  // namespace trainbus::tensorboard
