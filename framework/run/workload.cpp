#include "run/workload.hpp"

#include <ATen/Parallel.h>

#include <boost/json.hpp>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/plan/model_task.hpp"
#include "models/activation_memory.hpp"
#include "models/files/config_file.hpp"
#include "models/files/parameter_files.hpp"
#include "run/reward_metric.hpp"
#include "run/starting_scores.hpp"
#include "tasks/task_kind.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

std::int64_t number(const RunSpec& spec, const char* name, std::int64_t otherwise) {
  return spec.run.has(name) ? spec.run.integer(name) : otherwise;
}

kernels::Format format_of(const RunSpec& spec) {
  if (!spec.run.has("dtype")) return kernels::Format::Float32;
  const std::string& dtype = spec.run.text("dtype");
  if (dtype == "bfloat16") return kernels::Format::BFloat16;
  if (dtype == "float16") return kernels::Format::Float16;
  if (dtype == "bfloat16-residual") return kernels::Format::BFloat16Residual;
  return dtype == "bfloat16-split" ? kernels::Format::BFloat16Split : kernels::Format::Float32;
}

void use_threads(std::int64_t threads) {
  if (threads > 0) at::set_num_threads(static_cast<int>(threads));
}

std::unique_ptr<TaskSetup> setup_of(const RunSpec& spec) {
  TaskInputs inputs;
  if (spec.run.has("model")) inputs.model = model_path(spec.run.text("model"));
  inputs.options = spec.task;
  inputs.format = format_of(spec);
  inputs.seed = static_cast<std::uint64_t>(number(spec, "seed", 0));
  inputs.batch_size = number(spec, "batch-size", inputs.batch_size);
  inputs.evaluation_limit = number(spec, "eval-limit", 0);
  if (const PluginInstance* reward = spec.reward())
    inputs.reward = std::make_shared<RewardMetric>(
        make_reward(*reward->plugin, reward->name, reward->options));
  use_huge_pages_for_tensors();
  auto setup = set_up_task(spec.run.text("task"), std::move(inputs));
  std::int64_t threads = number(spec, "threads", 0);
  if (threads == 0) threads = setup->threads();
  use_threads(threads);
  return setup;
}

Workload workload_of(const RunSpec& spec, const TaskSetup& setup, TaskModel model) {
  Workload workload;
  workload.model = std::move(model.model);
  workload.tokenizer = std::move(model.tokenizer);
  workload.task_name = spec.run.text("task");
  workload.task_options = setup.options();
  return workload;
}

}  // namespace

Workload load_workload(const RunSpec& spec) {
  const std::unique_ptr<TaskSetup> setup = setup_of(spec);
  setup->load_data(spec.verb == "train");
  TaskModel model = setup->load_model();
  std::unique_ptr<Task> task = setup->make_task(model);
  if (spec.verb == "eval" && spec.run.has("model"))
    find_starting_scores(*task, model_path(spec.run.text("model")));
  Workload workload = workload_of(spec, *setup, std::move(model));
  workload.task = std::move(task);
  workload.summary = setup->summary();
  return workload;
}

Workload load_model_alone(const RunSpec& spec) {
  const std::unique_ptr<TaskSetup> setup = setup_of(spec);
  TaskModel model = setup->load_model();
  return workload_of(spec, *setup, std::move(model));
}

PredictorWorkload load_predictor(const RunSpec& spec) {
  const std::unique_ptr<TaskSetup> setup = setup_of(spec);
  // A model that is absent lacks no template: loading it says where to get it.
  const fs::path model = spec.run.has("model") ? model_path(spec.run.text("model")) : fs::path();
  const bool is_absent = !model.empty() && !file_system().exists(model);
  if (!is_absent && !setup->can_predict())
    throw UsageError("the task " + spec.run.text("task") + " is about no texts, and predict is",
                     "--task", "Leave it out, or name the task that the model was trained for.");
  PredictorWorkload result{.model = setup->load_model()};
  result.predictor = setup->make_predictor(result.model);
  return result;
}

LoadedModel load_to_generate(const RunSpec& spec) {
  use_huge_pages_for_tensors();
  use_threads(number(spec, "threads", 0));
  return load_language_model(model_path(spec.run.text("model")), format_of(spec));
}

void save_workload(const Workload& workload, const fs::path& folder) {
  const auto* model = dynamic_cast<const PretrainedModel*>(workload.model.get());
  if (!model) {
    file_system().make_folders(folder);
    return save_parameters(workload.model->parameters(), folder / "model.safetensors");
  }
  save_model(*model, *workload.tokenizer, folder);
  write_model_task(folder, workload.task_name, workload.task_options,
                   find_task_kind(workload.task_name).kept_options);
}

std::string configuration_of(const Model& given) {
  const auto* model = dynamic_cast<const PretrainedModel*>(&given);
  if (!model) return "{}";
  ModelConfig config = model->config();
  config.kept.clear();  // nobody computes with them
  boost::json::object configuration = boost::json::parse(format_config(config)).as_object();
  for (const char* name : {"architectures", "dtype", "torch_dtype", "transformers_version"})
    configuration.erase(name);
  return boost::json::serialize(configuration);
}

}  // namespace trainbus
