// Weights of which every example has its own: against models whose matrices are made for one
// example after the other.
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "core/io/error.hpp"
#include "engine/directions/example_weights.hpp"
#include "engine/loss_work.hpp"
#include "engine/objective.hpp"
#include "models/families/mlp.hpp"
#include "support/tiny_families.hpp"
#include "tasks/mlp/mlp_task.hpp"

using namespace trainbus;

namespace {

constexpr float sigma = 0.05f;

bool is_decoder(const std::string& family) {
  for (const char* one : {"llama", "opt", "gemma2", "gemma3_text", "falcon", "gpt_neox"})
    if (family == one) return true;
  return false;
}

// θ + scale·Z of one example, whole.
void move(Model& model, const Parameters& theta, const LowRankOptions& direction, float scale) {
  const LowRankDirection z(theta, direction);
  for (ParameterId id = 0; id < theta.size(); ++id) {
    at::Tensor values = at::empty(theta[id].value.sizes(), at::kFloat);
    z.perturb(theta[id], id, scale, values.mutable_data_ptr<float>());
    kernels::store(values.const_data_ptr<float>(), model.parameters()[id].stored(), values.numel());
  }
}

std::vector<float> answers(const Model& model, Weights& weights, const Batch& batch) {
  return loss_objective().example_values(model.logits(weights, batch), batch);
}

// Which answers of a batch are an example's.
bool belongs(const Batch& batch, const ExampleRows& rows, std::size_t answer,
             std::int64_t example) {
  return batch.choice_count > 0 ? static_cast<std::int64_t>(answer) == example
                                : rows.of_positions()[answer] == example;
}

// make() gives equal models; make_float32() the same one in float32, whatever make's format is.
template <class Make, class MakeFloat32>
void compare(const Make& make, const MakeFloat32& make_float32, const Batch& batch,
             const LowRankOptions& first, std::int64_t examples, const std::string& name) {
  const auto model = make();
  const auto moved = make_float32();
  const ExampleRows rows(batch);
  BOOST_TEST(rows.examples() == examples, name);
  ExampleWeights weights(model->parameters(), first, rows, sigma);
  const std::vector<float> found = answers(*model, weights, batch);
  PlainWeights plain(model->parameters()), of_moved(moved->parameters());
  const std::vector<float> at_theta = answers(*model, plain, batch);
  const std::size_t count = at_theta.size();
  BOOST_REQUIRE(found.size() == 2 * count);
  double apart = 0;
  for (std::int64_t example = 0; example < rows.examples(); ++example)
    for (const std::size_t side : {0, 1}) {
      LowRankOptions own = first;
      own.direction = static_cast<std::uint16_t>(first.direction + example);
      move(*moved, model->parameters(), own, side == 0 ? sigma : -sigma);
      const std::vector<float> expected = answers(*moved, of_moved, batch);
      for (std::size_t i = 0; i < count; ++i) {
        if (!belongs(batch, rows, i, example)) continue;
        BOOST_TEST_CONTEXT(name << ", example " << example << ", side " << side)
        BOOST_TEST(found[side * count + i] == expected[i], boost::test_tools::tolerance(2e-4f));
        apart = std::max(apart, std::abs(static_cast<double>(expected[i]) - at_theta[i]));
      }
    }
  BOOST_TEST(apart > 0.01, name);
}

std::vector<float> losses(const Model& model, const Batch& batch, const LowRankOptions& first) {
  const Batch window[] = {batch, batch};
  Scratch scratch;
  LossWork work(model, {}, window, {.eps = sigma, .examples = first}, scratch);
  BOOST_TEST(work.items() == 2u);
  std::vector<float> numbers;
  work.compute(0, numbers);
  work.compute(1, numbers);
  return numbers;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_example_has_the_loss_of_a_model_with_its_own_matrices) {
  const at::NoGradGuard no_grad;
  for (const std::string family : testing::families) {
    if (family.starts_with("deberta")) continue;
    const auto make = [&] { return testing::tiny_model(family, kernels::Format::Float32); };
    for (const std::int64_t rank : {1, 3}) {
      const LowRankOptions first{.seed = 5, .step = 3, .direction = 2, .rank = rank, .refresh = 1};
      compare(make, make, testing::tiny_batch(family), first, 3, family);
      if (is_decoder(family))
        compare(make, make, testing::tiny_prompts(), first, 4, family + ", choices");
    }
  }
}

BOOST_AUTO_TEST_CASE(examples_of_features_and_candidates_have_their_own_matrices_too) {
  const at::NoGradGuard no_grad;
  const LowRankOptions first{.seed = 5, .step = 3, .rank = 2, .refresh = 1};
  const MlpTask task({.features = 9, .classes = 3, .train_examples = 96, .batch_size = 8});
  const auto make = [] {
    auto mlp = std::make_unique<Mlp>(Parameters(Mlp::shapes(9, 16, 3)));
    mlp->initialize(4);
    return mlp;
  };
  compare(make, make, task.train_batch(0, 0), first, 8, "mlp");
  for (const auto format : {kernels::Format::Float32, kernels::Format::BFloat16Residual}) {
    Batch batch = testing::packed_batch();
    batch.logit_positions = at::tensor({5, 9, 11}, at::kLong);
    batch.candidate_ids = at::tensor({4, 30, 7, 1}, at::kLong);
    batch.targets = at::tensor({0, 3, 1}, at::kLong);
    compare([&] { return testing::tiny_model("llama", format); },
            [] { return testing::tiny_model("llama", kernels::Format::Float32); }, batch, first, 3,
            "candidates");
  }
}

BOOST_AUTO_TEST_CASE(micro_batches_number_their_examples_through_and_threads_do_not_show) {
  const at::NoGradGuard no_grad;
  const auto model = testing::tiny_model("llama", kernels::Format::Float32);
  const LowRankOptions first{.seed = 5, .step = 3, .rank = 1, .refresh = 1};
  at::set_num_threads(1);
  const std::vector<float> one = losses(*model, testing::packed_batch(), first);
  at::set_num_threads(2);
  const std::vector<float> two = losses(*model, testing::packed_batch(), first);
  BOOST_TEST(one == two, boost::test_tools::per_element());
  BOOST_REQUIRE(one.size() == 12u);
  LowRankOptions later = first;
  later.direction = 3;
  const std::vector<float> shifted = losses(*model, testing::packed_batch(), later);
  BOOST_TEST(std::vector<float>(one.begin() + 6, one.end()) ==
                 std::vector<float>(shifted.begin(), shifted.begin() + 6),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(batches_and_models_without_examples_of_their_own_are_refused) {
  const at::NoGradGuard no_grad;
  const auto refuses = [](const std::string& what) {
    return [what](const Error& e) { return std::string(e.what()).find(what) != std::string::npos; };
  };
  const auto model = testing::tiny_model("deberta-v2", kernels::Format::Float32);
  BOOST_CHECK_EXCEPTION(losses(*model, testing::tiny_batch("deberta-v2"), {}), UsageError,
                        refuses("rows that are of no token"));
  Batch kept = testing::packed_batch();
  kept.starts = at::tensor({1, 2, 0}, at::kLong);
  BOOST_CHECK_EXCEPTION(ExampleRows{kept}, RunError, refuses("given before"));
  Batch shared = testing::tiny_prompts();
  shared.target_choices = shared.target_choices.clone();
  shared.target_choices[0] = (shared.labels.numel() - 1) * shared.choice_count;
  BOOST_CHECK_EXCEPTION(ExampleRows{shared}, RunError, refuses("two of its examples share"));
  Batch idle = testing::packed_batch();
  idle.logit_positions = at::tensor({5, 9}, at::kLong);
  idle.targets = at::tensor({0, 3}, at::kLong);
  BOOST_CHECK_EXCEPTION(ExampleRows{idle}, RunError, refuses("no target belongs to"));
  const ExampleRows rows(testing::packed_batch());
  BOOST_CHECK_EXCEPTION(rows.runs(7), RunError, refuses("7 rows of activations"));
}
