// MeZO with counter-based z against a plain implementation of the paper's algorithm 1.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "core/bus/bus.hpp"
#include "engine/trainer.hpp"
#include "kernels/direction.hpp"
#include "models/families/mlp.hpp"
#include "support/memory_task.hpp"
#include "support/plugin_optimizer.hpp"
#include "tasks/mlp/mlp_task.hpp"

using namespace trainbus;

namespace {

constexpr std::int64_t features = 37, hidden = 41, classes = 3;  // no multiples of a vector's width

Mlp make_mlp(std::uint64_t seed) {
  Mlp model{Parameters(Mlp::shapes(features, hidden, classes))};
  model.initialize(seed);
  return model;
}

at::Tensor z_of(const kernels::Direction& direction, ParameterId id, const at::Tensor& theta) {
  at::Tensor z = theta.clone();
  const bool vector = theta.dim() == 1;
  const auto shape = vector ? kernels::Shape::vector(theta.size(0))
                            : kernels::Shape::matrix(theta.size(0), theta.size(1));
  float* out = z.mutable_data_ptr<float>();
  for (std::int64_t row = 0; row < shape.rows(); ++row)
    for (std::int64_t column = 0; column < shape.columns(); ++column)
      *out++ = kernels::z_element(direction, id, shape, row, column);
  return z;
}

struct Reference {
  Mlp model;
  bool overlap = false;                // the losses lack the update of the step before
  std::vector<at::Tensor> before = {};  // θ without that update
  double plus = 0, minus = 0, g = 0;

  double mean_loss(const std::vector<Batch>& window, const std::vector<at::Tensor>& z,
                   float scale) {
    std::vector<std::string> names;
    std::vector<at::Tensor> values;
    for (ParameterId id = 0; id < model.parameters().size(); ++id) {
      names.push_back(model.parameters()[id].name);
      const bool lacks = overlap && !before.empty();
      values.push_back((lacks ? before[id] : model.parameters()[id].value) + z[id] * scale);
    }
    Mlp moved{Parameters(names, values)};
    PlainWeights weights(moved.parameters());
    double sum = 0, total = 0;
    for (const Batch& batch : window) {
      sum += batch.weight * moved.loss(weights, batch).item<float>();
      total += batch.weight;
    }
    return sum / total;
  }

  void step(const kernels::Direction& direction, const std::vector<Batch>& window, double lr,
            double eps, double decay) {
    std::vector<at::Tensor> z;
    for (ParameterId id = 0; id < model.parameters().size(); ++id)
      z.push_back(z_of(direction, id, model.parameters()[id].value));
    plus = mean_loss(window, z, static_cast<float>(eps));
    minus = mean_loss(window, z, -static_cast<float>(eps));
    g = (plus - minus) / (2 * eps);
    before.clear();
    for (const Parameter& p : model.parameters()) before.push_back(p.value.clone());
    for (ParameterId id = 0; id < z.size(); ++id) {
      Parameter& p = model.parameters()[id];
      p.value.mul_(p.decays ? 1 - lr * decay : 1.0).sub_(z[id], lr * g);
    }
  }
};

struct Run {
  std::vector<double> plus, minus, g;
  std::vector<at::Tensor> theta;
};

// `steps` steps over the synthetic task; micro_batches per step.
Run run_plugin(Mlp& model, const Task& task, std::uint64_t steps, std::uint64_t micro_batches,
               const std::map<std::string, std::string>& options, std::uint64_t seed,
               bool overlap = false) {
  const auto optimizer = testing::make_optimizer("mezo", options);
  Bus bus;
  Run run;
  bus.observe("probe", Role::Sink, 1u << TB_ON_STEP, [&](Event& e) {
    run.plus.push_back(*e.find(intern("loss_plus")));
    run.minus.push_back(*e.find(intern("loss_minus")));
    run.g.push_back(*e.find(intern("projected_grad")));
  });
  Trainer(model, task, *optimizer, Schedule{ScheduleKind::Constant, optimizer->lr()}, bus,
          {.max_steps = steps, .micro_batches = micro_batches, .overlap = overlap, .seed = seed})
      .run();
  for (const Parameter& p : model.parameters()) run.theta.push_back(p.value.clone());
  return run;
}

const MlpTask& synthetic() {
  static const MlpTask task(
      {.features = features, .classes = classes, .train_examples = 90, .batch_size = 8});
  return task;
}

void compare_with_reference(const std::string& z, std::uint64_t micro_batches,
                            bool overlap = false) {
  constexpr double lr = 0.01, eps = 1e-3, decay = 0.1;
  constexpr std::uint64_t seed = 0x0123456789abcdef, steps = 9;
  Mlp model = make_mlp(5);
  Reference reference{make_mlp(5), overlap};
  const Run run =
      run_plugin(model, synthetic(), steps, micro_batches,
                 {{"lr", "0.01"}, {"eps", "0.001"}, {"weight-decay", "0.1"}, {"z", z}}, seed, overlap);
  const std::uint64_t batches = synthetic().batches_per_epoch(),
                      windows = (batches + micro_batches - 1) / micro_batches;
  for (std::uint64_t step = 0; step < steps; ++step) {
    std::vector<Batch> window;
    const std::uint64_t first = step % windows * micro_batches;
    for (std::uint64_t i = first; i < std::min(first + micro_batches, batches); ++i)
      window.push_back(synthetic().train_batch(step / windows, static_cast<std::int64_t>(i)));
    const auto distribution =
        z == "gaussian" ? kernels::Distribution::Gaussian : kernels::Distribution::Rademacher;
    reference.step(
        {.seed = seed, .step = static_cast<std::uint32_t>(step), .distribution = distribution},
        window, lr, eps, decay);
    BOOST_TEST_CONTEXT(z << ", " << micro_batches << " micro-batches, step " << step) {
      BOOST_TEST(run.plus.at(step) == reference.plus, boost::test_tools::tolerance(1e-5));
      BOOST_TEST(run.minus.at(step) == reference.minus, boost::test_tools::tolerance(1e-5));
      BOOST_TEST(std::abs(run.g.at(step) - reference.g) < 16 * 1.2e-7 / (2 * eps));
    }
  }
  for (ParameterId id = 0; id < run.theta.size(); ++id) {
    const at::Tensor& expected = reference.model.parameters()[id].value;
    BOOST_TEST((run.theta[id] - expected).norm().item<double>() <=
               1e-4 * (1 + expected.norm().item<double>()));
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(rademacher_steps_follow_algorithm_1) {
  compare_with_reference("rademacher", 1);
}
BOOST_AUTO_TEST_CASE(gaussian_steps_follow_algorithm_1) { compare_with_reference("gaussian", 1); }

BOOST_AUTO_TEST_CASE(accumulation_takes_one_z_and_averages_both_sides) {
  compare_with_reference("rademacher", 4);
  compare_with_reference("gaussian", 5);
}

BOOST_AUTO_TEST_CASE(overlapped_steps_lack_the_update_of_the_step_before) {
  compare_with_reference("rademacher", 1, true);
  compare_with_reference("rademacher", 4, true);
}

BOOST_AUTO_TEST_CASE(an_optimizer_that_cannot_say_its_losses_before_the_step_is_not_overlapped) {
  Mlp model = make_mlp(5);
  const auto torch_order = [&] {
    run_plugin(model, synthetic(), 2, 1, {{"lr", "0.01"}, {"rng", "torch"}}, 1, true);
  };
  BOOST_CHECK_EXCEPTION(torch_order(), UsageError, [](const UsageError& error) {
    return std::string(error.what()).find("--overlap") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(the_parameters_are_read_only_while_losses_are_taken) {
  Mlp model = make_mlp(1);
  std::vector<at::Tensor> before;
  for (const Parameter& p : model.parameters()) before.push_back(p.value.clone());
  const auto optimizer = testing::make_optimizer("mezo", {{"lr", "0.5"}});
  Bus bus;
  int forwards = 0;
  bus.observe("probe", Role::Sink, 1u << TB_ON_FORWARD | 1u << TB_ON_OPTIMIZER_STEP, [&](Event& e) {
    forwards += e.kind == EventKind::Forward;
    for (ParameterId id = 0; id < before.size(); ++id)
      BOOST_TEST(model.parameters()[id].value.equal(before[id]));
  });
  Trainer(model, synthetic(), *optimizer, Schedule{ScheduleKind::Constant, 0.5}, bus,
          {.max_steps = 1, .micro_batches = 3})
      .run();
  BOOST_TEST(forwards == 6);
  BOOST_TEST(!model.parameters()[0].value.equal(before[0]));
}

BOOST_AUTO_TEST_CASE(a_seed_fixes_a_run_to_the_bit_and_another_changes_it) {
  Mlp a = make_mlp(2), b = make_mlp(2), c = make_mlp(2);
  const std::map<std::string, std::string> options{{"lr", "0.01"}};
  const Run first = run_plugin(a, synthetic(), 20, 2, options, 7),
            second = run_plugin(b, synthetic(), 20, 2, options, 7);
  const Run other = run_plugin(c, synthetic(), 20, 2, options, 8);
  BOOST_TEST(first.plus == second.plus);
  for (std::size_t i = 0; i < first.theta.size(); ++i)
    BOOST_TEST(first.theta[i].equal(second.theta[i]));
  BOOST_TEST(first.plus != other.plus);
}

BOOST_AUTO_TEST_CASE(a_non_finite_loss_skips_the_update_and_the_run_goes_on) {
  Mlp model = make_mlp(3);
  Batch bad = synthetic().train_batch(0, 0);
  bad.features = bad.features * std::numeric_limits<float>::quiet_NaN();
  const testing::MemoryTask task(
      {synthetic().train_batch(0, 1), bad, synthetic().train_batch(0, 2)});
  const auto optimizer = testing::make_optimizer("mezo", {{"lr", "0.01"}});
  Bus bus;
  std::vector<double> skipped;
  std::vector<at::Tensor> snapshots;
  bus.observe("probe", Role::Sink, 1u << TB_ON_STEP, [&](Event& e) {
    skipped.push_back(*e.find(intern("skipped")));
    snapshots.push_back(model.parameters()[0].value.clone());
  });
  const TrainResult result = Trainer(model, task, *optimizer,
                                     Schedule{ScheduleKind::Constant, 0.01}, bus, {.max_steps = 3})
                                 .run();
  BOOST_TEST(skipped == (std::vector<double>{0, 1, 0}));
  BOOST_TEST(result.skipped == 1u);
  BOOST_TEST(snapshots[0].equal(snapshots[1]));
  BOOST_TEST(!snapshots[1].equal(snapshots[2]));
}
