// A model that classifies texts, and how texts are put to it: prompt-classification with a language
// model, text-classification with an encoder.
#pragma once

#include <memory>
#include <string>

#include "core/host/option.hpp"
#include "core/plan/run_spec.hpp"
#include "models/model_files.hpp"
#include "tasks/example_task.hpp"

namespace trainbus {

// Which classification a run is about: its task's name and options, as the command line and the
// model's folder say them.
struct Classification {
  std::filesystem::path model;
  std::string task;
  OptionValues options;

  bool prompts() const { return task == "prompt-classification"; }
};
// Throws UsageError if the labels are not known.
Classification classification_of(const RunSpec& spec);

// The model with its tokenizer; dataset: with its labels. Says on the terminal what it is doing.
LoadedModel load_model_of(const RunSpec& spec, const Classification& classification,
                          const tasks::Dataset& dataset);

struct Classifier {
  LoadedModel loaded;
  tasks::TextEncoder encode;  // an example's prompt to what the model reads
  std::unique_ptr<ExampleTask> task;
};
// dataset: with its labels; its examples may be none. Says on the terminal what it is doing. Throws
// UsageError, also for a model that does not fit the task.
Classifier make_classifier(const RunSpec& spec, const Classification& classification,
                           const tasks::Dataset& dataset);

}  // namespace trainbus
