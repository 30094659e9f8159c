#include "subject.hpp"

#include <ATen/Parallel.h>

#include <boost/json.hpp>

#include "core/error.hpp"
#include "core/file_system.hpp"
#include "core/log.hpp"
#include "formats/atomic_file.hpp"
#include "models/mlp.hpp"
#include "models/parameter_files.hpp"
#include "tasks/mlp_task.hpp"
#include "tasks/prompt_batches.hpp"
#include "tasks/prompt_classification.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;
constexpr const char* task_file = "trainbus.json";
constexpr const char* task_options_kept[] = {"template", "labels", "max-tokens"};
constexpr std::int64_t mlp_hidden = 16;

Subject load_mlp(const RunSpec& spec) {
  const auto seed = static_cast<std::uint64_t>(spec.run.integer("seed"));
  const MlpTaskOptions options{.features = spec.task.integer("features"),
                               .classes = spec.task.integer("classes"),
                               .train_examples = spec.task.integer("examples"),
                               .batch_size = spec.run.integer("batch-size"),
                               .seed = seed};
  Subject subject;
  auto model =
      std::make_unique<Mlp>(Parameters(Mlp::shapes(options.features, mlp_hidden, options.classes)));
  model->initialize(seed);
  subject.model = std::move(model);
  subject.task = std::make_unique<MlpTask>(options);
  return subject;
}

PromptTaskOptions prompt_task_options(const RunSpec& spec, const OptionValues& task,
                                      const Model& model) {
  PromptTaskOptions options;
  options.batch_size = spec.run.integer("batch-size");
  options.evaluation_limit = spec.run.has("eval-limit") ? spec.run.integer("eval-limit") : 0;
  options.max_tokens = task.integer("max-tokens");
  options.seed = static_cast<std::uint64_t>(spec.run.integer("seed"));
  const std::int64_t positions = static_cast<const Llama&>(model).config().max_position_embeddings;
  if (options.max_tokens > positions)
    throw UsageError("is " + std::to_string(options.max_tokens) + ", the model has " +
                         std::to_string(positions) + " positions",
                     "--task.max-tokens", "Give at most that many.");
  return options;
}

Subject load_prompt_classification_subject(const RunSpec& spec) {
  const fs::path path = model_path(spec.run.text("model"));
  const OptionValues task = task_options_for(path, spec.task);
  const tasks::Dataset dataset =
      tasks::load_prompt_classification(tasks::prompt_classification_options(task));
  Subject subject;
  subject.summary = tasks::summary(dataset);
  log::info("loading the model " + path.string());
  LanguageModel loaded = load_language_model(path);
  subject.model = std::move(loaded.model);
  subject.tokenizer = std::move(loaded.tokenizer);
  auto prompts = std::make_unique<PromptTask>(dataset, encoder(*subject.tokenizer),
                                              prompt_task_options(spec, task, *subject.model));
  if (prompts->truncated() > 0)
    subject.summary += std::to_string(prompts->truncated()) + " prompts were cut to " +
                       task.text("max-tokens") + " tokens at the end of their text\n";
  subject.task = std::move(prompts);
  return subject;
}

}  // namespace

tasks::Tokenizer encoder(const Tokenizer& tokenizer) {
  return [&tokenizer](std::string_view text) { return tokenizer.encode(text); };
}

fs::path model_path(const fs::path& given) {
  std::error_code error;
  return fs::exists(given / "model" / "config.json", error) ? given / "model" : given;
}

OptionValues task_options_for(const fs::path& model, OptionValues task) {
  const fs::path file = model / task_file;
  std::error_code error;
  if (!fs::exists(file, error)) return task;
  boost::json::error_code broken;
  const boost::json::value kept = boost::json::parse(file_system().read_all(file), broken);
  if (broken || !kept.is_object())
    throw UsageError("is no JSON object", file.string(),
                     "Remove it and give --task.template and --task.labels.");
  for (const char* name : task_options_kept) {
    const boost::json::value* value = kept.as_object().if_contains(name);
    if (value && value->is_string() && task.is_default(name))
      task.set(name, value->as_string(), file.string());
  }
  return task;
}

void save_subject(const Subject& subject, const RunSpec& spec, const fs::path& folder) {
  const auto* llama = dynamic_cast<const Llama*>(subject.model.get());
  if (!llama) {
    fs::create_directories(folder);
    return save_parameters(subject.model->parameters(), folder / "model.safetensors");
  }
  save_language_model(*llama, *subject.tokenizer, folder);
  const OptionValues task = task_options_for(model_path(spec.run.text("model")), spec.task);
  boost::json::object kept{{"task", spec.run.text("task")}};
  for (const char* name : task_options_kept) kept[name] = task.text(name);
  write_file(folder / task_file, boost::json::serialize(kept) + "\n");
}

Subject load_subject(const RunSpec& spec) {
  return spec.run.text("task") == "mlp" ? load_mlp(spec) : load_prompt_classification_subject(spec);
}

void set_threads(const RunSpec& spec) {
  std::int64_t threads = spec.run.integer("threads");
  // A network this small is done before a second thread has begun.
  if (threads == 0 && spec.run.text("task") == "mlp") threads = 1;
  if (threads > 0) at::set_num_threads(static_cast<int>(threads));
}

}  // namespace trainbus
