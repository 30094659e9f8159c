// trainbus.json, beside a saved model: the task that it was trained for, so that eval and predict
// know it.
#pragma once

#include <filesystem>
#include <string>

#include "core/host/option.hpp"
#include "core/plan/run_spec.hpp"

namespace trainbus {

// The folder or file that --model means: of a run folder the model that the run wrote.
std::filesystem::path model_path(const std::filesystem::path& given);

// --task; for eval and predict, where it was not given, the task of the model's folder.
std::string task_of(const RunSpec& spec, const std::filesystem::path& model);

// The options that go with a trained model: what the user gave, and for the prompt's template,
// labels and length, where not given, what the folder says if it was trained for this task.
OptionValues task_options_for(const std::filesystem::path& model, const std::string& task,
                              OptionValues given);

// Throws RunError if the disk refuses.
void write_task_file(const std::filesystem::path& folder, const std::string& task,
                     const OptionValues& options);

}  // namespace trainbus
