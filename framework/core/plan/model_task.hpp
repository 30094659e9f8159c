// trainbus.json, beside a saved model: the task that it was trained for, so that eval, predict and
// a further training know it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "core/export.hpp"
#include "core/host/option.hpp"
#include "core/plan/run_spec.hpp"

namespace trainbus {

struct ModelTask {
  std::filesystem::path file;                  // that says so
  std::string task;                            // empty: the model says nothing
  std::map<std::string, std::string> options;  // of the task
};

// The folder or file that --model means: of a run folder the model that the run wrote.
TRAINBUS_EXPORT std::filesystem::path model_path(const std::filesystem::path& given);

// What the model at this path says. Throws UsageError for a file that is no JSON object.
TRAINBUS_EXPORT ModelTask read_model_task(const std::filesystem::path& model);

// Values of spec.task that nobody gave become those that go with the model, if it was trained for
// this task.
TRAINBUS_EXPORT void complete_task_options(const ModelTask& model, RunSpec& spec);

// kept: which of the options go with the model. Throws RunError if the disk refuses.
TRAINBUS_EXPORT void write_model_task(const std::filesystem::path& folder, std::string_view task,
                                      const OptionValues& options,
                                      std::span<const std::string_view> kept);

}  // namespace trainbus
