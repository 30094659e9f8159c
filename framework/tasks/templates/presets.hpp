// Presets: published data sets, with their prompts, as values of a task's options. Each is a file
// of this folder, NAME.ini, that is compiled into the program: `dataset` and `version`, as the
// paper's table of prompts has them, and a section of options for each task that it is for.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "core/host/option.hpp"

namespace trainbus::tasks {

struct Preset {
  struct Value {
    std::string option, text;
  };
  struct Section {
    std::string task;
    std::vector<Value> values;
    // The text of an option; empty if it has none.
    TRAINBUS_EXPORT std::string_view text(std::string_view option) const;
  };
  std::string name;     // --task.preset NAME
  std::string dataset;  // "SST2"
  int version = 0;      // of its prompt
  std::vector<Section> sections;

  // Null: the preset is not for this task.
  TRAINBUS_EXPORT const Section* section(std::string_view task) const;
};

// In the order of their names.
TRAINBUS_EXPORT std::vector<Preset> presets();
// Throws UsageError naming the nearest one.
TRAINBUS_EXPORT Preset find_preset(std::string_view name);

// The option: preset.
Option preset_option();
// Sets the options that nobody gave to those of the preset that `preset` names, with the source
// "preset NAME"; nothing without one. Throws UsageError for an unknown preset, and for one that is
// for other tasks.
TRAINBUS_EXPORT void complete_from_preset(std::string_view task, OptionValues& options);

}  // namespace trainbus::tasks
