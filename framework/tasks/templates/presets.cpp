#include "tasks/templates/presets.hpp"

#include <algorithm>
#include <trainbus/plugin/option_schema.hpp>

#include "core/io/error.hpp"
#include "core/plan/run_file.hpp"
#include "tasks/data/message_text.hpp"
#include "tasks/templates/preset_files.hpp"

namespace trainbus::tasks {
namespace {

Preset preset_of(const PresetFile& file) {
  Preset preset;
  preset.name = file.name;
  const RunFile content = parse_run_file(file.text, preset.name + ".ini");
  for (const RunFileSection& section : content.sections) {
    if (section.name.empty()) {
      for (const RunFileEntry& entry : section.entries)
        if (entry.key == "dataset")
          preset.dataset = entry.value;
        else if (entry.key == "version")
          preset.version = std::stoi(entry.value);
      continue;
    }
    preset.sections.push_back({section.name, {}});
    for (const RunFileEntry& entry : section.entries)
      preset.sections.back().values.push_back({entry.key, entry.value});
  }
  return preset;
}

}  // namespace

std::string_view Preset::Section::text(std::string_view option) const {
  const auto found = std::ranges::find(values, option, &Value::option);
  return found == values.end() ? std::string_view() : found->text;
}

const Preset::Section* Preset::section(std::string_view task) const {
  const auto found = std::ranges::find(sections, task, &Section::task);
  return found == sections.end() ? nullptr : &*found;
}

std::vector<Preset> presets() {
  std::vector<Preset> all;
  for (const PresetFile& file : preset_files()) all.push_back(preset_of(file));
  return all;
}

Preset find_preset(std::string_view name) {
  std::vector<std::string> names;
  for (const PresetFile& file : preset_files()) {
    if (file.name == name) return preset_of(file);
    names.emplace_back(file.name);
  }
  std::string known;
  for (const std::string& each : names) known += (known.empty() ? "" : ", ") + each;
  const std::string nearest = did_you_mean(name, names);
  throw UsageError("there is no preset " + quote(name), "--task.preset",
                   nearest.empty() ? "Give one of: " + known + "." : nearest);
}

Option preset_option() {
  return option::text("preset", "",
                      "prompt and columns of a published data set: sst2, rte, boolq, …");
}

void complete_from_preset(std::string_view task, OptionValues& options) {
  if (!options.has("preset") || options.text("preset").empty()) return;
  const Preset preset = find_preset(options.text("preset"));
  const Preset::Section* section = preset.section(task);
  if (!section) {
    std::string others;
    for (const Preset::Section& each : preset.sections)
      others += (others.empty() ? "" : " or ") + each.task;
    throw UsageError(
        quote(preset.name) + " is a preset for " + others + ", not for " + std::string(task),
        "--task.preset", "Give --task " + preset.sections.front().task + ".");
  }
  for (const Preset::Value& value : section->values)
    if (options.is_default(value.option))
      options.set(value.option, value.text, "preset " + preset.name);
}

}  // namespace trainbus::tasks
