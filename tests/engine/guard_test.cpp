// No plugin, task or model can bring NaN or infinity into the parameters, nor an invalid index.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <functional>

#include "core/bus/bus.hpp"
#include "core/io/error.hpp"
#include "engine/trainer.hpp"
#include "models/families/mlp.hpp"
#include "support/memory_task.hpp"
#include "support/plugin_optimizer.hpp"
#include "tasks/mlp/mlp_task.hpp"

using namespace trainbus;
namespace data = boost::unit_test::data;

namespace {

constexpr std::int64_t features = 4, classes = 2;

at::Tensor labels(std::vector<std::int64_t> values) {
  at::Tensor made = at::zeros({static_cast<std::int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), made.mutable_data_ptr<std::int64_t>());
  return made;
}

Batch batch_of(double value) {
  return testing::feature_batch(at::full({2, features}, value, at::kFloat), labels({0, 1}));
}

// Updates as the simplest of plugins would: no clipping, no look at any number.
struct Naive final : Optimizer {
  enum class How { UpdateEach, ByHand } how;
  explicit Naive(How h) : how(h) {}
  double lr() const override { return 0.1; }
  void step(StepContext& step) override {
    GradientWeights& gradients = step.gradients();
    const auto move = [&](at::Tensor& theta, const at::Tensor& gradient) {
      const at::NoGradGuard no_grad;
      theta.sub_(gradient, step.lr());
    };
    if (how == How::UpdateEach)
      step.update_each(
          [&](at::Tensor& theta, const at::Tensor& g, ParameterId) { move(theta, g); });
    else
      for (ParameterId id = 0; id < step.parameters().size(); ++id)
        if (gradients.gradient(id).defined())
          move(step.parameters()[id].value, gradients.gradient(id));
  }
};

struct Fixture {
  Mlp model{Parameters(Mlp::shapes(features, 8, classes))};
  Bus bus;
  std::vector<std::uint64_t> updates;  // steps with an on_optimizer_step
  std::vector<std::string> exceptions, ends;

  Fixture() {
    model.initialize(0);
    bus.observe("log", Role::Sink,
                1u << TB_ON_OPTIMIZER_STEP | 1u << TB_ON_EXCEPTION | 1u << TB_ON_TRAIN_END,
                [this](Event& e) {
                  if (e.kind == EventKind::OptimizerStep) updates.push_back(e.step);
                  if (e.kind == EventKind::Exception) exceptions.push_back(e.text);
                  if (e.kind == EventKind::TrainEnd) ends.push_back(e.text);
                });
  }
  bool is_finite() const {
    for (const Parameter& parameter : model.parameters())
      if (!std::isfinite(parameter.value.sum().item<double>())) return false;
    return true;
  }
  // What a run with this task is refused with.
  std::string refusal(const Task& task, TrainerOptions options = {.max_steps = 2}) {
    const auto mezo = testing::make_optimizer("mezo", {});
    try {
      Trainer(model, task, *mezo, Schedule{ScheduleKind::Constant, 0.01}, bus, options).run();
    } catch (const UsageError& error) {
      return error.what();
    } catch (const RunError& error) {
      return error.what();
    }
    return "";
  }
  std::string refusal_of_training(const Batch& batch) {
    return refusal(testing::MemoryTask({batch}));
  }
  std::string refusal_of_evaluation(const Batch& batch) {
    return refusal(testing::MemoryTask({batch_of(0.5)}, {batch}),
                   {.max_steps = 1, .eval_every = 1});
  }
};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Naive::How)

// 1e30 has a finite loss, and a gradient whose norm is not.
BOOST_DATA_TEST_CASE_F(Fixture, a_first_order_update_is_guarded_whatever_the_plugin_does,
                       data::make({Naive::How::UpdateEach, Naive::How::ByHand}) *
                           data::make({double(NAN), double(INFINITY), 1e30}),
                       how, bad) {
  Naive naive(how);
  const testing::MemoryTask task({batch_of(0.5), batch_of(bad), batch_of(0.25)});
  const TrainResult result =
      Trainer(model, task, naive, Schedule{ScheduleKind::Constant, 0.1}, bus, {.max_steps = 3})
          .run();
  BOOST_TEST(result.steps == 3u);
  BOOST_TEST(result.skipped == 1u);
  BOOST_TEST(is_finite());
  const std::vector<std::uint64_t> every_step = {1, 2, 3};
  BOOST_TEST(updates == every_step, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_gradient_that_a_plugin_spoils_is_not_applied, Fixture) {
  struct Spoiling final : Optimizer {
    double lr() const override { return 0.1; }
    void step(StepContext& step) override {
      GradientWeights& gradients = step.gradients();
      gradients.mutable_gradient(0).fill_(NAN);
      step.update_each(
          [&](at::Tensor& theta, const at::Tensor& g, ParameterId) { theta.sub_(g, step.lr()); });
    }
  } spoiling;
  const testing::MemoryTask task({batch_of(0.5)});
  const TrainResult result =
      Trainer(model, task, spoiling, Schedule{ScheduleKind::Constant, 0.1}, bus, {.max_steps = 1})
          .run();
  BOOST_TEST(result.skipped == 1u);
  BOOST_TEST(result.nothing_was_learned());
}

BOOST_FIXTURE_TEST_CASE(a_task_without_a_training_batch_is_refused_before_the_run, Fixture) {
  BOOST_TEST(holds(refusal(testing::MemoryTask({})), "0 training batches"));
  BOOST_TEST(ends.empty());
}

BOOST_FIXTURE_TEST_CASE(an_empty_batch_is_refused_by_its_step, Fixture) {
  const Batch empty = testing::feature_batch(at::ones({0, features}), labels({}));
  BOOST_TEST(holds(refusal_of_training(empty), "a micro-batch of step 1 is empty"));
  BOOST_TEST(holds(refusal_of_training({}), "a micro-batch of step 1 has neither tokens nor"));
  BOOST_TEST(holds(refusal_of_evaluation(empty), "validation batch 0 is empty"));
  BOOST_TEST(ends.back().starts_with("failed: "));
  BOOST_TEST(exceptions.size() == 3u);
}

BOOST_DATA_TEST_CASE_F(Fixture, a_label_that_is_no_class_is_refused, data::make({-1, 2, 1'000'000}),
                       label) {
  Batch batch = batch_of(0.5);
  batch.targets = labels({0, label});
  const std::string text = "has the target " + std::to_string(label);
  if (label >= 0) BOOST_TEST(holds(refusal_of_training(batch), text + ", there are 2 classes"));
  BOOST_TEST(holds(refusal_of_training(batch), text));
  BOOST_TEST(holds(refusal_of_evaluation(batch), text));
}

BOOST_FIXTURE_TEST_CASE(other_numbers_of_targets_than_examples_are_refused, Fixture) {
  Batch batch = batch_of(0.5);
  batch.targets = labels({0, 1, 1});
  BOOST_TEST(holds(refusal_of_training(batch), "3 targets, expected one for each of 2"));
  batch.targets = at::Tensor();
  BOOST_TEST(holds(refusal_of_training(batch), "has no targets"));
  batch = batch_of(0.5);
  batch.weight = 0;
  BOOST_TEST(holds(refusal_of_training(batch), "weighs 0"));
}

BOOST_FIXTURE_TEST_CASE(scores_of_a_wrong_shape_are_refused, Fixture) {
  struct Odd final : Model {
    explicit Odd(at::Tensor scores) : Model(Parameters(Mlp::shapes(4, 8, 2))), scores_(scores) {}
    at::Tensor logits(Weights&, const Batch&) const override { return scores_; }
    std::string family() const override { return "odd"; }
    at::Tensor scores_;
  };
  const testing::MemoryTask task({batch_of(0.5)}, {batch_of(0.5)});
  for (const at::Tensor& scores : {at::Tensor(), at::ones({2, 2}), at::ones({3, 2, 2}),
                                   at::ones({2, 1, 2}), at::ones({2, 2, 0})}) {
    Odd odd(scores);
    const auto mezo = testing::make_optimizer("mezo", {});
    Trainer trainer(odd, task, *mezo, Schedule{ScheduleKind::Constant, 0.01}, bus,
                    {.max_steps = 1});
    const auto is_refusal = [](const RunError& error) {
      return holds(error.what(), "scores of the shape");
    };
    BOOST_CHECK_EXCEPTION(trainer.run(), RunError, is_refusal);
    BOOST_CHECK_EXCEPTION(trainer.evaluate_now(Split::Validation), RunError, is_refusal);
  }
}

BOOST_FIXTURE_TEST_CASE(whatever_is_thrown_ends_the_run_in_order, Fixture) {
  struct Throwing final : Optimizer {
    double lr() const override { return 1; }
    void step(StepContext&) override { throw 42; }
  } throwing;
  const testing::MemoryTask task({batch_of(0.5)});
  Trainer trainer(model, task, throwing, Schedule{ScheduleKind::Constant, 1}, bus,
                  {.max_steps = 1});
  BOOST_CHECK_THROW(trainer.run(), RunError);
  BOOST_TEST(exceptions.size() == 1u);
  BOOST_TEST(ends.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(what_is_thrown_while_the_run_begins_ends_it_in_order_too, Fixture) {
  struct Throwing final : Optimizer {
    double lr() const override { return 1; }
    std::vector<std::string> metrics() const override { throw std::runtime_error("no names"); }
    void step(StepContext&) override {}
  } throwing;
  const testing::MemoryTask task({batch_of(0.5)});
  Trainer trainer(model, task, throwing, Schedule{ScheduleKind::Constant, 1}, bus,
                  {.max_steps = 1});
  BOOST_CHECK_THROW(trainer.run(), std::runtime_error);
  BOOST_TEST(exceptions.at(0) == "no names");
  BOOST_TEST(ends.empty());  // no observer has seen a begin
}

BOOST_FIXTURE_TEST_CASE(scores_that_are_not_finite_have_no_accuracy, Fixture) {
  const testing::MemoryTask task({batch_of(0.5)}, {batch_of(0.5), batch_of(NAN)});
  const auto mezo = testing::make_optimizer("mezo", {});
  Trainer trainer(model, task, *mezo, Schedule{ScheduleKind::Constant, 1}, bus, {});
  const Evaluation evaluation = trainer.evaluate_now(Split::Validation);
  BOOST_TEST(evaluation.examples == 4);
  BOOST_TEST(evaluation.unscored == 2);
  BOOST_TEST(std::isnan(evaluation.value("accuracy")));
  BOOST_TEST(std::isnan(evaluation.value("loss")));
}

// torch.optim with Hugging Face's two groups: θ ← θ − lr·(g + λθ) where λ is 0 for biases and
// norms.
BOOST_DATA_TEST_CASE_F(Fixture, weight_decay_spares_biases_and_norms,
                       data::make({"sgd", "adamw", "mezo"}), name) {
  const testing::MemoryTask task({batch_of(0.5)});
  const auto trained = [&](const char* decay) {
    auto copy = std::make_unique<Mlp>(Parameters(Mlp::shapes(features, 8, classes)));
    copy->initialize(0);
    const auto optimizer = testing::make_optimizer(name, {{"lr", "0.01"}, {"weight-decay", decay}});
    Bus nobody;
    Trainer(*copy, task, *optimizer, Schedule{ScheduleKind::Constant, 0.01}, nobody,
            {.max_steps = 1})
        .run();
    return copy;
  };
  const auto without = trained("0"), with = trained("0.5");
  for (ParameterId id = 0; id < model.parameters().size(); ++id) {
    const Parameter& start = model.parameters()[id];
    const bool is_spared = holds(start.name, "bias") || holds(start.name, "layer_norm");
    BOOST_TEST(start.decays == !is_spared, start.name);
    const at::Tensor decayed = is_spared
                                   ? without->parameters()[id].value
                                   : without->parameters()[id].value.sub(start.value, 0.01 * 0.5);
    const at::Tensor error = with->parameters()[id].value.sub(decayed).abs().max();
    BOOST_TEST(error.item().toDouble() < 1e-6, name << " " << start.name);
  }
}
