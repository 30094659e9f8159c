#include "core/io/error.hpp"
#include "models/families/mlp.hpp"
#include "tasks/mlp/mlp_task.hpp"
#include "tasks/mlp/task.hpp"
#include "tasks/task_setup.hpp"

namespace trainbus::tasks {
namespace {

constexpr std::int64_t hidden_width = 16;

class MlpSetup final : public TaskSetup {
 public:
  explicit MlpSetup(TaskInputs inputs) : TaskSetup(std::move(inputs)) {
    if (inputs_.format != kernels::Format::Float32)
      throw UsageError("the task mlp computes in float32, another format was asked for", "--dtype",
                       "Leave it out.");
  }

  // A network this small is computed before a second thread has started.
  std::int64_t threads() const override { return 1; }
  void load_data(bool) override {}
  TaskModel load_model() override {
    auto model = std::make_unique<Mlp>(
        Parameters(Mlp::shapes(number("features"), hidden_width, number("classes"))));
    model->initialize(inputs_.seed);
    return {std::move(model), nullptr};
  }
  std::unique_ptr<Task> make_task(const TaskModel&) override {
    return std::make_unique<MlpTask>(MlpTaskOptions{.features = number("features"),
                                                    .classes = number("classes"),
                                                    .train_examples = number("examples"),
                                                    .batch_size = inputs_.batch_size,
                                                    .seed = inputs_.seed});
  }

 private:
  std::int64_t number(const char* name) const { return inputs_.options.integer(name); }
};

}  // namespace

std::unique_ptr<TaskSetup> SyntheticMlp::setup(TaskInputs inputs) {
  return std::make_unique<MlpSetup>(std::move(inputs));
}

}  // namespace trainbus::tasks
