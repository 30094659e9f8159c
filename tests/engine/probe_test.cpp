#include "engine/probe.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "models/families/mlp.hpp"
#include "models/weights/gradient_weights.hpp"
#include "tasks/mlp/mlp_task.hpp"

using namespace trainbus;

namespace {

const MlpTask& synthetic() {
  static const MlpTask task({.features = 9, .classes = 3, .train_examples = 480, .batch_size = 16});
  return task;
}

Mlp fresh() {
  Mlp model{Parameters(Mlp::shapes(9, 16, 3))};
  model.initialize(4);
  return model;
}

bool always(std::int64_t, std::int64_t) { return true; }

// Numbers as if measured.
Probe measured(double gradient, double noisy, double trace, double trace_error) {
  Probe probe;
  probe.squared_gradient = {gradient, 0};
  probe.squared_estimate = {noisy, 0};
  probe.curvature = {trace, trace_error};
  for (const double eps : {1e-2, 1e-3, 1e-4, 1e-5}) probe.trials.push_back({eps, 1});
  propose(probe);
  return probe;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_proposal_is_a_quarter_of_the_best_rate_at_the_curvature_s_upper_bound) {
  const Probe probe = measured(300, 600, 800, 100);
  BOOST_TEST(probe.agreement == 0.5);
  BOOST_TEST(curvature_bound(probe) == 1000);
  BOOST_TEST(probe.lr == 0.25 * 0.5 / 1000);
  BOOST_TEST(probe.expected_drop() > 0);
  // A curvature below zero bounds nothing; its uncertainty does.
  BOOST_TEST(curvature_bound(measured(300, 600, -500, 100)) == 200);
}

BOOST_AUTO_TEST_CASE(where_batches_contradict_each_other_nothing_is_proposed) {
  BOOST_TEST(measured(-50, 600, 800, 100).lr == 0);
}

BOOST_AUTO_TEST_CASE(the_largest_eps_whose_gradient_agrees_with_the_others_is_proposed) {
  Probe probe = measured(1, 1, 1, 0);
  probe.trials = {{1e-2, 1.5}, {3e-3, 1.02}, {1e-3, 1.0}, {1e-4, 1.01}, {1e-5, 0.2}};
  propose(probe);
  BOOST_TEST(probe.eps == 3e-3);
}

BOOST_AUTO_TEST_CASE(a_probe_measures_the_gradient_s_square_and_reads_the_parameters_only) {
  Mlp model = fresh();
  const Mlp before = fresh();
  const Probe probe = trainbus::probe(model, synthetic(),
                                      {.directions = 300, .micro_batches = 30, .seed = 3}, always);
  BOOST_TEST(probe.forwards == (300 * 6 + 12) * 30);
  for (ParameterId id = 0; id < before.parameters().size(); ++id)
    BOOST_TEST(model.parameters()[id].value.equal(before.parameters()[id].value));

  // Thirty micro-batches are the whole data, so that there is no noise of batches.
  GradientWeights weights(model.parameters());
  for (std::int64_t i = 0; i < 30; ++i)
    (model.loss(weights, synthetic().train_batch(0, i)).sum() / 30).backward();
  double squares = 0;
  for (ParameterId id = 0; id < model.parameters().size(); ++id)
    if (const at::Tensor& gradient = weights.gradient(id); gradient.defined())
      squares += (gradient * gradient).sum().item<double>();
  BOOST_TEST(std::abs(probe.squared_gradient.mean - squares) < 5 * probe.squared_gradient.error);
  BOOST_TEST(probe.squared_gradient.error < 0.2 * squares);
  BOOST_TEST(probe.agreement > 0.95);
  BOOST_TEST(probe.lr > 0);
}

BOOST_AUTO_TEST_CASE(a_probe_that_is_told_to_stop_proposes_nothing) {
  const Mlp model = fresh();
  const Probe probe = trainbus::probe(model, synthetic(), {},
                                      [](std::int64_t done, std::int64_t) { return done < 7; });
  BOOST_TEST(probe.forwards == 7);
  BOOST_TEST(probe.lr == 0);
}
