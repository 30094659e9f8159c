// MeZO's variants: several directions, step rules, sparse z.
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty_like.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "core/bus/bus.hpp"
#include "core/io/error.hpp"
#include "engine/trainer.hpp"
#include "kernels/magnitude_limit.hpp"
#include "models/families/mlp.hpp"
#include "support/plugin_optimizer.hpp"
#include "tasks/mlp/mlp_task.hpp"

using namespace trainbus;

namespace {

using PluginOptions = std::map<std::string, std::string>;

const MlpTask& synthetic() {
  static const MlpTask task({.features = 9, .classes = 3, .train_examples = 96, .batch_size = 8});
  return task;
}

Mlp fresh(kernels::Format format = kernels::Format::Float32) {
  Mlp wide{Parameters(Mlp::shapes(9, 16, 3))};
  wide.initialize(4);
  if (format == kernels::Format::Float32) return wide;
  Parameters parameters(Mlp::shapes(9, 16, 3), format);
  for (ParameterId id = 0; id < parameters.size(); ++id)
    kernels::store(wide.parameters()[id].value.const_data_ptr<float>(), parameters[id].stored(),
                   parameters[id].value.numel());
  return Mlp(std::move(parameters));
}

struct Numbers {
  std::vector<double> plus, minus, g, loss;
};

Numbers train(Mlp& model, std::uint64_t steps, const PluginOptions& options) {
  const auto optimizer = testing::make_optimizer("mezo", options);
  Bus bus(Bus::Options{.delivery = Bus::Delivery::Inline});
  Numbers numbers;
  bus.observe("probe", Role::Sink, 1u << TB_ON_STEP | 1u << TB_ON_FORWARD, [&](Event& e) {
    if (e.kind == EventKind::Forward) {
      (*e.find(intern("side")) > 0 ? numbers.plus : numbers.minus)
          .push_back(*e.find(intern("loss")));
      return;
    }
    numbers.g.push_back(*e.find(intern("projected_grad")));
    numbers.loss.push_back(*e.find(intern("loss")));
  });
  Trainer(model, synthetic(), *optimizer, Schedule{ScheduleKind::Constant, optimizer->lr()}, bus,
          {.max_steps = steps, .seed = 11})
      .run();
  return numbers;
}

at::Tensor z_of(const Parameter& parameter, ParameterId id, std::uint16_t direction,
                std::uint16_t shares = 1) {
  at::Tensor z = at::empty_like(parameter.value);
  const bool vector = z.dim() == 1;
  const auto shape =
      vector ? kernels::Shape::vector(z.numel()) : kernels::Shape::matrix(z.size(0), z.size(1));
  float* out = z.mutable_data_ptr<float>();
  for (std::int64_t row = 0; row < shape.rows(); ++row)
    for (std::int64_t column = 0; column < shape.columns(); ++column)
      *out++ = kernels::z_element({.seed = 11, .direction = direction, .shares = shares}, id, shape,
                                  row, column);
  return z;
}

}  // namespace

BOOST_AUTO_TEST_CASE(several_directions_move_theta_by_the_mean_of_their_estimates) {
  constexpr double eps = 1e-3, lr = 0.02;
  constexpr int directions = 3;
  Mlp model = fresh();
  const Mlp before = fresh();
  const Numbers numbers =
      train(model, 1, {{"directions", "3"}, {"lr", "0.02"}, {"weight-decay", "0.1"}});
  BOOST_REQUIRE(numbers.plus.size() == 3u);
  double squares = 0;
  for (ParameterId id = 0; id < before.parameters().size(); ++id) {
    const Parameter& parameter = before.parameters()[id];
    at::Tensor expected = parameter.value * (parameter.decays ? 1 - lr * 0.1 : 1.0);
    for (std::uint16_t k = 0; k < directions; ++k) {
      const double g = (numbers.plus[k] - numbers.minus[k]) / (2 * eps);
      if (id == 0) squares += g * g;
      expected = expected - lr / directions * g * z_of(parameter, id, k);
    }
    BOOST_TEST((model.parameters()[id].value - expected).abs().max().item<float>() < 1e-6f);
  }
  BOOST_TEST(numbers.g[0] == std::sqrt(squares / directions), boost::test_tools::tolerance(1e-9));
  double mean = 0;
  for (int k = 0; k < directions; ++k) mean += (numbers.plus[k] + numbers.minus[k]) / 6;
  BOOST_TEST(numbers.loss[0] == mean, boost::test_tools::tolerance(1e-9));
}

// FZOO, arXiv 2506.09034, with the mean in place of the loss at θ, as a plain loop.
BOOST_AUTO_TEST_CASE(of_one_side_theta_moves_by_how_far_each_loss_is_from_the_mean) {
  constexpr double eps = 1e-3, lr = 0.02;
  constexpr std::uint16_t directions = 4;
  for (const bool deviation : {false, true}) {
    Mlp model = fresh();
    const Mlp before = fresh();
    PluginOptions options{
        {"directions", "4"}, {"sides", "plus"}, {"lr", "0.02"}, {"weight-decay", "0.1"}};
    if (deviation) options["step-rule"] = "deviation";
    const Numbers numbers = train(model, 1, options);
    BOOST_REQUIRE(numbers.plus.size() == 4u);  // forward passes
    BOOST_TEST(numbers.minus.empty());
    const Batch batch = synthetic().train_batch(0, 0);
    double mean = 0, squares = 0;
    for (std::uint16_t k = 0; k < directions; ++k) {
      Mlp moved = fresh();
      for (ParameterId id = 0; id < moved.parameters().size(); ++id)
        moved.parameters()[id].value.add_(z_of(before.parameters()[id], id, k),
                                          static_cast<float>(eps));
      PlainWeights weights(moved.parameters());
      BOOST_TEST(moved.loss(weights, batch).item<float>() == numbers.plus[k],
                 boost::test_tools::tolerance(1e-5));
      mean += numbers.plus[k] / directions;
    }
    for (const double loss : numbers.plus) squares += (loss - mean) * (loss - mean);
    const double sigma = std::sqrt(squares / (directions - 1));
    BOOST_TEST(numbers.g[0] == sigma / eps, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(numbers.loss[0] == mean, boost::test_tools::tolerance(1e-9));
    for (ParameterId id = 0; id < before.parameters().size(); ++id) {
      const Parameter& parameter = before.parameters()[id];
      at::Tensor expected = parameter.value * (parameter.decays ? 1 - lr * 0.1 : 1.0);
      for (std::uint16_t k = 0; k < directions; ++k)
        expected = expected - lr / (directions - 1) * (numbers.plus[k] - mean) /
                                  (deviation ? sigma : eps) * z_of(parameter, id, k);
      BOOST_TEST((model.parameters()[id].value - expected).abs().max().item<float>() < 1e-6f);
    }
  }
}

// The losses are those at θ ± ε√D·z_d, the update is the sum of the shares' estimates.
BOOST_AUTO_TEST_CASE(shares_perturb_by_a_longer_step_and_add_their_estimates) {
  constexpr double eps = 1e-3, lr = 0.02;
  constexpr std::uint16_t shares = 4;
  Mlp model = fresh();
  const Mlp before = fresh();
  const Numbers numbers = train(
      model, 1, {{"directions", "4"}, {"shares", "yes"}, {"lr", "0.02"}, {"weight-decay", "0.1"}});
  BOOST_REQUIRE(numbers.plus.size() == 4u);
  const Batch batch = synthetic().train_batch(0, 0);
  double squares = 0;
  std::vector<double> g;
  for (std::uint16_t k = 0; k < shares; ++k) {
    for (const float side : {1.0f, -1.0f}) {
      Mlp moved = fresh();
      for (ParameterId id = 0; id < moved.parameters().size(); ++id)
        moved.parameters()[id].value.add_(z_of(before.parameters()[id], id, k, shares),
                                          side * static_cast<float>(eps * 2));
      PlainWeights weights(moved.parameters());
      BOOST_TEST(
          moved.loss(weights, batch).item<float>() == (side > 0 ? numbers.plus : numbers.minus)[k],
          boost::test_tools::tolerance(1e-5));
    }
    g.push_back((numbers.plus[k] - numbers.minus[k]) / (2 * eps * 2));
    squares += g[k] * g[k];
  }
  for (ParameterId id = 0; id < before.parameters().size(); ++id) {
    const Parameter& parameter = before.parameters()[id];
    at::Tensor expected = parameter.value * (parameter.decays ? 1 - lr * 0.1 : 1.0);
    for (std::uint16_t k = 0; k < shares; ++k)
      expected = expected - lr * g[k] * z_of(parameter, id, k, shares);
    BOOST_TEST((model.parameters()[id].value - expected).abs().max().item<float>() < 1e-6f);
  }
  BOOST_TEST(numbers.g[0] == std::sqrt(squares), boost::test_tools::tolerance(1e-9));
}

// All estimate the length of the gradient, which shows over many steps that do not move.
BOOST_AUTO_TEST_CASE(the_projected_gradient_means_the_same_with_shares_and_of_one_side) {
  const auto mean_square = [](const PluginOptions& options) {
    Mlp model = fresh();
    PluginOptions all{{"directions", "4"}, {"lr", "0"}};
    all.insert(options.begin(), options.end());
    const Numbers numbers = train(model, 400, all);
    double sum = 0;
    for (const double g : numbers.g) sum += g * g / static_cast<double>(numbers.g.size());
    return sum;
  };
  BOOST_TEST(mean_square({{"shares", "yes"}}) == mean_square({}),
             boost::test_tools::tolerance(0.1));
  BOOST_TEST(mean_square({{"sides", "plus"}}) == mean_square({}),
             boost::test_tools::tolerance(0.1));
  BOOST_TEST(mean_square({{"sides", "plus"}, {"shares", "yes"}}) == mean_square({}),
             boost::test_tools::tolerance(0.1));
}

BOOST_AUTO_TEST_CASE(the_optimizer_tells_its_shares) {
  BOOST_TEST(testing::make_optimizer("mezo", {{"directions", "4"}})->shares() == 1);
  BOOST_TEST(testing::make_optimizer("mezo", {{"directions", "4"}, {"shares", "yes"}})->shares() ==
             4);
}

BOOST_AUTO_TEST_CASE(by_its_sign_every_parameter_moves_by_the_learning_rate) {
  Mlp model = fresh();
  const Mlp before = fresh();
  train(model, 1, {{"step-rule", "sign"}, {"lr", "0.01"}});
  for (ParameterId id = 0; id < before.parameters().size(); ++id) {
    const at::Tensor moved =
        (model.parameters()[id].value - before.parameters()[id].value).abs() - 0.01;
    BOOST_TEST(moved.abs().max().item<float>() < 1e-6f);
  }
}

BOOST_AUTO_TEST_CASE(elements_that_a_sparse_direction_leaves_out_never_change) {
  Mlp model = fresh();
  const Mlp before = fresh();
  train(model, 20, {{"sparsity", "0.75"}, {"lr", "0.001"}});
  for (ParameterId id = 0; id < before.parameters().size(); ++id) {
    const Parameter& parameter = before.parameters()[id];
    const at::Tensor changed = model.parameters()[id].value.ne(parameter.value);
    if (parameter.value.dim() == 1) {
      BOOST_TEST(changed.all().item<bool>());
      continue;
    }
    const float limit = kernels::magnitude_limit(parameter.stored(), parameter.value.numel(), 0.25);
    BOOST_TEST(!(changed & parameter.value.abs().gt(limit + 0.1f)).any().item<bool>());
    BOOST_TEST(changed.sum().item<std::int64_t>() >= parameter.value.numel() / 4);
    BOOST_TEST(changed.sum().item<std::int64_t>() < parameter.value.numel() / 2);
  }
}

BOOST_AUTO_TEST_CASE(every_kind_of_weights_and_every_variant_learns) {
  for (const PluginOptions& options :
       {PluginOptions{},
        {{"weights", "scratch"}},
        {{"weights", "dual"}},
        {{"weights", "low-rank"}},
        {{"weights", "low-rank"}, {"directions", "2"}},
        {{"directions", "4"}},
        {{"directions", "4"}, {"shares", "yes"}},
        {{"directions", "7"}, {"shares", "yes"}, {"z", "gaussian"}},
        {{"directions", "4"}, {"sides", "plus"}},
        {{"directions", "4"}, {"sides", "plus"}, {"shares", "yes"}},
        {{"directions", "4"}, {"sides", "plus"}, {"step-rule", "deviation"}, {"lr", "0.005"}},
        {{"directions", "3"},
         {"sides", "plus"},
         {"weights", "low-rank"},
         {"step-rule", "deviation"},
         {"lr", "0.005"}},
        {{"z", "gaussian"}},
        {{"z", "binomial"}},
        {{"step-rule", "clip"}},
        {{"step-rule", "adaptive"}, {"lr", "0.003"}},
        {{"step-rule", "sign"}, {"lr", "0.003"}},
        {{"sparsity", "0.5"}}}) {
    PluginOptions all{{"lr", "0.02"}};
    for (const auto& [name, value] : options) all[name] = value;
    Mlp model = fresh();
    const Numbers numbers = train(model, 600, all);
    double first = 0, last = 0;
    for (int i = 0; i < 50; ++i) {
      first += numbers.loss[static_cast<std::size_t>(i)] / 50;
      last += numbers.loss[numbers.loss.size() - 1 - static_cast<std::size_t>(i)] / 50;
    }
    std::string name;
    for (const auto& [option, value] : options) name += option + "=" + value + " ";
    BOOST_TEST(last < 0.8 * first, name);
  }
}

BOOST_AUTO_TEST_CASE(parameters_with_a_residual_follow_float32_where_bfloat16_alone_stands_still) {
  const PluginOptions options{{"lr", "3e-5"}, {"lossy-updates", "yes"}};
  Mlp wide = fresh();
  // float32 that begins where the others do.
  for (Parameter& p : wide.parameters())
    if (p.value.dim() == 2) p.value.copy_(p.value.to(at::kBFloat16).to(at::kFloat));
  const at::Tensor start = wide.parameters()[0].value.clone();
  Mlp residual = fresh(kernels::Format::BFloat16Residual);
  Mlp plain = fresh(kernels::Format::BFloat16);
  train(wide, 300, options);
  train(residual, 300, options);
  train(plain, 300, options);

  const at::Tensor moved = wide.parameters()[0].value - start;
  const auto kept = [&](const Mlp& model) {
    at::Tensor value = at::empty_like(start);
    kernels::load(model.parameters()[0].stored(), value.mutable_data_ptr<float>(), value.numel());
    return ((value - start) * moved).sum().item<double>() / (moved * moved).sum().item<double>();
  };
  BOOST_TEST(kept(residual) > 0.9);
  BOOST_TEST(kept(plain) < 0.2);
}

BOOST_AUTO_TEST_CASE(bfloat16_without_a_residual_is_refused_unless_insisted_on) {
  Mlp model = fresh(kernels::Format::BFloat16);
  BOOST_CHECK_EXCEPTION(train(model, 1, {}), UsageError, [](const UsageError& e) {
    return std::string(e.what()).find("--dtype bfloat16-residual") != std::string::npos;
  });
  BOOST_CHECK_NO_THROW(train(model, 1, {{"lossy-updates", "yes"}}));
}

BOOST_AUTO_TEST_CASE(options_that_do_not_go_together_are_refused) {
  for (const PluginOptions& options :
       {PluginOptions{{"rng", "torch"}, {"directions", "2"}},
        {{"weights", "low-rank"}, {"z", "binomial"}},
        {{"weights", "low-rank"}, {"sparsity", "0.5"}},
        {{"sides", "plus"}},
        {{"sides", "plus"}, {"rng", "torch"}},
        {{"shares", "yes"}},
        {{"shares", "yes"}, {"rng", "torch"}},
        {{"shares", "yes"}, {"directions", "2"}, {"weights", "low-rank"}},
        {{"clip", "3"}},
        {{"beta", "0.5"}},
        {{"rank", "4"}},
        {{"refresh", "5"}},
        {{"rng", "torch"}, {"z", "rademacher"}}})
    BOOST_CHECK_THROW(testing::make_optimizer("mezo", options), UsageError);
}
