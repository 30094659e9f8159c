// Small checkpoints for tests, whose content identifies their step.
#pragma once

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "core/checkpoint/checkpoint_writer.hpp"
#include "core/checkpoint/checkpoints.hpp"
#include "core/checkpoint/verify.hpp"
#include "core/io/error.hpp"
#include "support/faulty_file_system.hpp"

namespace trainbus::testing {

using FileContents = std::map<std::string, std::string>;

// The content of a step's checkpoint.
inline FileContents contents_of(std::uint64_t step) {
  const std::string mark = "step " + std::to_string(step) + "\n";
  return {{"model.safetensors", mark + std::string(40, 'w')},
          {"observers/ema", mark},
          {"observers/empty", ""},
          {"adopted/config.json", "{" + mark + "}"}};
}

// Two files by the writer, one empty, one put there by other code.
inline std::filesystem::path write_checkpoint(FileSystem& files,
                                              const std::filesystem::path& checkpoints,
                                              std::uint64_t step) {
  const FileContents contents = contents_of(step);
  CheckpointWriter writer(files, checkpoints, step, 100);
  CheckpointFile& model = writer.open("model.safetensors", 47);
  writer.add("observers/ema", contents.at("observers/ema"));
  writer.add("observers/empty", "");
  model.append(contents.at("model.safetensors").substr(0, 9));
  model.append(contents.at("model.safetensors").substr(9));
  files.make_folders(writer.folder() / "adopted");
  files.open(writer.folder() / "adopted/config.json", FileSystem::Mode::New)
      ->append(contents.at("adopted/config.json"));
  return writer.commit();
}

inline FileContents read_checkpoint(FileSystem& files, const std::filesystem::path& folder) {
  FileContents contents;
  for (const auto& [name, content] : contents_of(0)) contents[name] = files.read_all(folder / name);
  return contents;
}

// The step of the newest good one, whose content must be that step's; 0 if there is none.
inline std::uint64_t newest_step(FileSystem& files, const std::filesystem::path& checkpoints) {
  const CheckpointSearch search = newest_good(files, checkpoints);
  if (!search.newest) return 0;
  const std::uint64_t step = search.newest->step;
  BOOST_TEST((read_checkpoint(files, search.newest->path) == contents_of(step)),
             "the checkpoint of step " << step << " is good, but is another's");
  return step;
}

inline std::string damage_of(FileSystem& files, const std::filesystem::path& folder) {
  return verify_checkpoint(files, folder).value_or("(it is good)");
}

template <class Action>
std::string run_error(Action action) {
  try {
    action();
  } catch (const RunError& e) {
    return e.what();
  }
  return "(nothing was thrown)";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

}  // namespace trainbus::testing
