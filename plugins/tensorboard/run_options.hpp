// The options of a run, from its description (run.json, the text of on_train_begin).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json.hpp"
#include "record.hpp"

namespace trainbus::tensorboard {

struct RunOption {
  std::string name;  // as on the command line, without dashes: "seed", "task.name", "mezo.lr"
  HyperValue value;
  std::string source;  // "default", "run.ini:12", "command line"
  bool computes;       // whether it can change the numbers; a sink's options, for example, do not
};

// In the order of the document. Entries of an unknown form are left out.
std::vector<RunOption> run_options(const Json& run);

// Those that can change the numbers and are set.
HyperParameters hyper_parameters(const std::vector<RunOption>& options);

// A table of all, in Markdown.
std::string markdown(const std::vector<RunOption>& options);

}  // namespace trainbus::tensorboard
