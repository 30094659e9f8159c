// What a run works on, as the options ask for it: the model, its tokenizer and the task.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/option.hpp"
#include "core/run_spec.hpp"
#include "engine/task.hpp"
#include "models/llama_files.hpp"
#include "models/model.hpp"
#include "tasks/label_words.hpp"

namespace trainbus {

struct Subject {
  std::unique_ptr<Model> model;
  std::unique_ptr<Tokenizer> tokenizer;  // null for models that read no text
  std::unique_ptr<Task> task;
  std::string summary;  // of the data, lines for people
};

// Text to token ids, as the task wants them; the tokenizer must outlive it.
tasks::Tokenizer encoder(const Tokenizer& tokenizer);

// Loads the model and the data, and says on the terminal what it is doing. Throws UsageError.
Subject load_subject(const RunSpec& spec);

// The folder or file that --model means: of a run folder the model that the run wrote.
std::filesystem::path model_path(const std::filesystem::path& given);

// The task options that go with a trained model: what the user gave, and for the prompt's template,
// label words and length, where not given, what stands in the model folder's trainbus.json.
OptionValues task_options_for(const std::filesystem::path& model, OptionValues task);

// Writes the model's folder, with trainbus.json beside the weights, so that predict and eval know
// the task.
void save_subject(const Subject& subject, const RunSpec& spec, const std::filesystem::path& folder);

// Threads as asked, for LibTorch and the kernels.
void set_threads(const RunSpec& spec);

}  // namespace trainbus
