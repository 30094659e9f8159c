// The kinds of weights compared with a materialised θ ± εz, on a model with every operation of a
// decoder.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/tensor.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <stdexcept>

#include "core/bus/bus.hpp"
#include "core/io/error.hpp"
#include "engine/directions/counter_direction.hpp"
#include "engine/directions/low_rank_weights.hpp"
#include "engine/directions/torch_direction.hpp"
#include "engine/step.hpp"
#include "engine/trainer.hpp"
#include "models/weights/perturbed_weights.hpp"
#include "support/language_batch.hpp"
#include "support/memory_task.hpp"
#include "support/tiny_llama.hpp"

using namespace trainbus;

namespace {

constexpr float eps = 1e-3f;

// Three sequences of 6, 4 and 2 tokens.
Batch batch() {
  const at::Tensor ids =
      at::tensor({7, 8, 6, 10, 11, 30, 1, 5, 9, 2, 0, 0, 3, 4, 0, 0, 0, 0}, at::kLong).view({3, 6});
  const at::Tensor mask =
      at::tensor({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0}, at::kLong).view({3, 6});
  return testing::language_batch(ids, mask);
}

float plain_loss(const Model& model, const Batch& batch) {
  PlainWeights weights(model.parameters());
  return model.loss(weights, batch).item<float>();
}

// A copy of the model at θ + scale·z.
Llama moved(const Llama& model, const Direction& z, float scale) {
  Parameters parameters(Llama::shapes(model.config()));
  for (ParameterId id = 0; id < parameters.size(); ++id)
    z.perturb(model.parameters()[id], id, scale, parameters[id].value.mutable_data_ptr<float>());
  return Llama(model.config(), std::move(parameters));
}

const kernels::Direction address{.seed = 5, .step = 3};

}  // namespace

BOOST_AUTO_TEST_CASE(weights_perturbed_in_the_cache_give_the_bits_of_weights_that_were_perturbed) {
  const at::NoGradGuard no_grad;
  const Llama model = testing::tiny_llama();
  for (const auto distribution :
       {kernels::Distribution::Rademacher, kernels::Distribution::Gaussian,
        kernels::Distribution::Binomial}) {
    kernels::Direction d = address;
    d.distribution = distribution;
    const CounterDirection z(d);
    for (const float scale : {eps, -eps}) {
      PerturbedWeights weights(model.parameters(), z, scale);
      BOOST_TEST(model.loss(weights, batch()).item<float>() ==
                 plain_loss(moved(model, z, scale), batch()));
    }
  }
}

BOOST_AUTO_TEST_CASE(both_sides_in_one_pass_give_the_bits_of_two_passes) {
  const at::NoGradGuard no_grad;
  const Llama model = testing::tiny_llama();
  const CounterDirection z(address);
  PerturbedWeights plus(model.parameters(), z, eps), minus(model.parameters(), z, -eps);
  DualWeights both(model.parameters(), z, eps);
  const at::Tensor losses = model.loss(both, batch());
  BOOST_TEST(losses.sizes() == at::IntArrayRef({2}));
  BOOST_TEST(losses[0].item<float>() == model.loss(plus, batch()).item<float>());
  BOOST_TEST(losses[1].item<float>() == model.loss(minus, batch()).item<float>());
}

BOOST_AUTO_TEST_CASE(whole_matrices_in_scratch_memory_give_the_same_bits) {
  const at::NoGradGuard no_grad;
  const Llama model = testing::tiny_llama();
  const CounterDirection z(address);
  Scratch scratch;
  ScratchWeights weights(model.parameters(), z, eps, scratch);
  BOOST_TEST(model.loss(weights, batch()).item<float>() ==
             plain_loss(moved(model, z, eps), batch()));
}

BOOST_AUTO_TEST_CASE(the_published_draws_can_be_perturbed_in_the_cache_too) {
  const at::NoGradGuard no_grad;
  const Llama model = testing::tiny_llama();
  const TorchDirection z(model.parameters(), 17);
  PerturbedWeights weights(model.parameters(), z, eps);
  BOOST_TEST(model.loss(weights, batch()).item<float>() ==
             plain_loss(moved(model, z, eps), batch()));
}

BOOST_AUTO_TEST_CASE(a_direction_of_low_rank_is_never_made_and_gives_the_same_loss_to_rounding) {
  const at::NoGradGuard no_grad;
  const Llama model = testing::tiny_llama();
  const LowRankDirection z(model.parameters(), {.seed = 1, .step = 7, .rank = 3});
  LowRankWeights both(model.parameters(), z, eps);
  const at::Tensor losses = model.loss(both, batch());
  for (const int side : {0, 1})
    BOOST_TEST(
        losses[side].item<float>() == plain_loss(moved(model, z, side == 0 ? eps : -eps), batch()),
        boost::test_tools::tolerance(1e-5f));
}

BOOST_AUTO_TEST_CASE(a_direction_of_low_rank_is_the_product_of_its_factors_and_moves_theta_by_it) {
  Llama model = testing::tiny_llama();
  const LowRankDirection z(model.parameters(), {.seed = 1, .step = 7, .rank = 3});
  for (ParameterId id = 0; id < model.parameters().size(); ++id) {
    Parameter& parameter = model.parameters()[id];
    if (parameter.value.dim() != 2) continue;
    const at::Tensor before = parameter.value.clone();
    const at::Tensor expected = at::mm(z.u(id), z.v(id).t()) / std::sqrt(3.0);
    const Direction::Term term[] = {{&z, 0.25f}};
    z.update(parameter, id, term, 0.5f);
    const at::Tensor error = parameter.value - (0.5 * before - 0.25 * expected);
    BOOST_TEST(error.abs().max().item<float>() < 1e-6f);
  }
}

BOOST_AUTO_TEST_CASE(v_of_a_low_rank_direction_is_kept_for_the_steps_asked_for_and_u_is_not) {
  const Llama model = testing::tiny_llama();
  const auto at = [&](std::uint32_t step) {
    return LowRankDirection(model.parameters(), {.seed = 1, .step = step, .refresh = 10});
  };
  BOOST_TEST(at(10).v(1).equal(at(19).v(1)));
  BOOST_TEST(!at(10).v(1).equal(at(20).v(1)));
  BOOST_TEST(!at(10).u(1).equal(at(11).u(1)));
  // Square matrices have factors of one shape; they must not be the same numbers.
  BOOST_TEST(!at(10).u(1).equal(at(10).v(1)));
}

namespace {

struct Interrupted : std::runtime_error {
  Interrupted() : std::runtime_error("interrupted") {}
};

// A Llama whose second forward pass throws.
class StopsInTheSecondWalk final : public Model {
 public:
  StopsInTheSecondWalk() : Model(testing::tiny_llama().parameters()) {}
  at::Tensor logits(Weights& weights, const Batch& batch) const override {
    at::Tensor scores = llama_.logits(weights, batch);
    if (++forwards_ == 2 || weights.sides() == 2) throw Interrupted();
    return scores;
  }
  std::string family() const override { return "test"; }

 private:
  const Llama llama_ = testing::tiny_llama();
  mutable int forwards_ = 0;
};

class TakesLosses final : public Optimizer {
 public:
  explicit TakesLosses(WeightsKind kind) : kind_(kind) {}
  double lr() const override { return 1; }
  void step(StepContext& step) override {
    step.losses(CounterDirection(kernels::Direction{.seed = step.seed()}), 1e-3, kind_);
  }

 private:
  WeightsKind kind_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(theta_has_all_its_bits_after_a_step_was_abandoned_between_its_sides) {
  const Llama untouched = testing::tiny_llama();
  for (const WeightsKind kind : {WeightsKind::Cache, WeightsKind::Scratch, WeightsKind::Dual}) {
    StopsInTheSecondWalk model;
    const testing::MemoryTask task({batch()});
    TakesLosses optimizer(kind);
    Bus bus;
    Trainer trainer(model, task, optimizer, Schedule{ScheduleKind::Constant, 1}, bus,
                    {.max_steps = 1});
    BOOST_CHECK_THROW(trainer.run(), Interrupted);
    for (ParameterId id = 0; id < model.parameters().size(); ++id)
      BOOST_TEST(model.parameters()[id].value.equal(untouched.parameters()[id].value));
  }
}

BOOST_AUTO_TEST_CASE(an_input_that_is_given_once_serves_both_sides_and_other_numbers_are_refused) {
  const at::NoGradGuard no_grad;
  const Llama model = testing::tiny_llama();
  const CounterDirection z(address);
  const ParameterId matrix = model.parameters().find("model.layers.0.mlp.up_proj.weight").value();
  const at::Tensor x = testing::seeded({1, 5, 24}, 1, 1.0);
  PerturbedWeights plus(model.parameters(), z, eps), minus(model.parameters(), z, -eps);
  DualWeights both(model.parameters(), z, eps);
  const at::Tensor y = both.linear(x, {matrix});
  BOOST_TEST(y[0].equal(plus.linear(x, {matrix})[0]));
  BOOST_TEST(y[1].equal(minus.linear(x, {matrix})[0]));
  BOOST_CHECK_THROW(both.linear(x.expand({3, 5, 24}), {matrix}), RunError);
  BOOST_CHECK_THROW(plus.linear(x.expand({2, 5, 24}), {matrix}), RunError);
  BOOST_CHECK_THROW(both.linear(x[0], {matrix}), RunError);
}
