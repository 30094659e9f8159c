// What a run works on, as its options ask for it: the model, its tokenizer and the task.
//
//     Workload workload = load_workload(spec);
//     … TrainingRun(spec, folder, {*workload.model, *workload.task, …,
//                                  .save_model = [&](auto& to) { save_workload(workload, to); },
//                                  …})
//
// spec: with the options model, task, seed, dtype, threads and batch-size, of which a program may
// leave out what it does not offer, and those of the task; see resolve_run.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/export.hpp"
#include "core/host/option.hpp"
#include "core/plan/run_spec.hpp"
#include "engine/task.hpp"
#include "models/files/model_files.hpp"
#include "models/model.hpp"
#include "tasks/task_setup.hpp"
#include "text/tokenizer.hpp"

namespace trainbus {

struct Workload {
  std::unique_ptr<Model> model;
  std::unique_ptr<Tokenizer> tokenizer;  // null for models that read no text
  std::unique_ptr<Task> task;            // null if there is the model alone
  std::string task_name;
  OptionValues task_options;  // all that they come to
  std::string summary;        // of the data, lines for people
};

// Loads the data and the model, says in the log what it is doing, and sets the threads for
// computing of LibTorch and the kernels, and where tensors get memory from (see
// use_huge_pages_for_tensors). Throws UsageError.
TRAINBUS_EXPORT Workload load_workload(const RunSpec& spec);
// The same without data: no task, only what it is called and its options.
TRAINBUS_EXPORT Workload load_model_alone(const RunSpec& spec);

// A trained model to ask, without data.
struct PredictorWorkload {
  TaskModel model;
  std::unique_ptr<Predictor> predictor;
};
// Throws UsageError, also for a task that is not about texts.
TRAINBUS_EXPORT PredictorWorkload load_predictor(const RunSpec& spec);

// The model to continue texts with, whatever it was trained for; otherwise as load_workload does.
TRAINBUS_EXPORT LoadedModel load_to_generate(const RunSpec& spec);

// Writes the model's folder; beside the weights of a pretrained model lies trainbus.json, so that
// others know the task. Throws RunError.
TRAINBUS_EXPORT void save_workload(const Workload& workload, const std::filesystem::path& folder);

// What of a model decides over its numbers beside the weights, as text: two that are equal compute
// the same (see RunBasis).
TRAINBUS_EXPORT std::string configuration_of(const Model& model);

}  // namespace trainbus
