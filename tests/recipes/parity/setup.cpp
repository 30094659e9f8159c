#include <ATen/ATen.h>

#include "models/families/mlp.hpp"
#include "tasks/parity/task.hpp"
#include "tasks/task_setup.hpp"

namespace trainbus::tasks {
namespace {

// The four pairs of signs, in every batch.
class ParityTask final : public Task {
 public:
  std::int64_t batches_per_epoch() const override { return 1; }
  Batch train_batch(std::uint64_t, std::int64_t) const override { return pairs(); }
  std::int64_t evaluation_batches(Split) const override { return 1; }
  Batch evaluation_batch(Split, std::int64_t) const override { return pairs(); }
  std::vector<ResultRow> describe(const Evaluation& evaluation) const override {
    return {{"pairs told apart", std::to_string(std::lround(4 * evaluation.value("accuracy")))}};
  }

 private:
  static Batch pairs() {
    const at::Tensor x = at::tensor({-1., -1., -1., 1., 1., -1., 1., 1.}, at::kFloat).view({4, 2});
    return {.features = x, .targets = at::tensor({1, 0, 0, 1}, at::kLong), .examples = 4, .token_count = 4};
  }
};

class ParitySetup final : public TaskSetup {
 public:
  using TaskSetup::TaskSetup;
  void load_data(bool) override {}
  TaskModel load_model() override {
    auto model = std::make_unique<Mlp>(Parameters(Mlp::shapes(2, options().integer("width"), 2)));
    model->initialize(inputs_.seed);
    return {std::move(model), nullptr};
  }
  std::unique_ptr<Task> make_task(const TaskModel&) override {
    return std::make_unique<ParityTask>();
  }
};

}  // namespace

std::unique_ptr<TaskSetup> Parity::setup(TaskInputs inputs) {
  return std::make_unique<ParitySetup>(std::move(inputs));
}

}  // namespace trainbus::tasks
