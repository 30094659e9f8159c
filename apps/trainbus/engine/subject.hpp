// What a run works on, as the options ask for it: the model, its tokenizer and the task.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/host/option.hpp"
#include "core/plan/run_spec.hpp"
#include "engine/task.hpp"
#include "models/model.hpp"
#include "text/tokenizer.hpp"

namespace trainbus {

struct Subject {
  std::unique_ptr<Model> model;
  std::unique_ptr<Tokenizer> tokenizer;  // null for models that read no text
  std::unique_ptr<Task> task;
  std::string task_name;
  OptionValues task_options;  // resolved, see task_file.hpp
  std::string summary;        // of the data, lines for people
};

// Loads the model and the data, and says on the terminal what it is doing. Throws UsageError.
Subject load_subject(const RunSpec& spec);

// The same without the data: no task, only what it is called and its options. For the model alone.
Subject load_model_alone(const RunSpec& spec);

// Writes the model's folder, with trainbus.json beside the weights, so that predict and eval know
// the task.
void save_subject(const Subject& subject, const std::filesystem::path& folder);

// Threads as asked, for LibTorch and the kernels.
void set_threads(const RunSpec& spec);

}  // namespace trainbus
