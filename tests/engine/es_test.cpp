// Evolution strategies: a step against the population made member by member, in every mode.
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "../../plugins/es/shaping.hpp"
#include "core/bus/bus.hpp"
#include "core/io/error.hpp"
#include "engine/directions/counter_direction.hpp"
#include "engine/directions/low_rank_direction.hpp"
#include "engine/trainer.hpp"
#include "models/weights/materialized_weights.hpp"
#include "support/memory_task.hpp"
#include "support/plugin_optimizer.hpp"
#include "support/tiny_llama.hpp"
#include "tasks/prompt_classification/prompt_batches.hpp"

using namespace trainbus;

namespace {

using PluginOptions = std::map<std::string, std::string>;

constexpr std::uint64_t seed = 11;
constexpr double sigma = 0.02, lr = 0.01, decay = 0.1;

// Two micro-batches of three prompts, with answers of one token or several.
std::vector<Batch> window(bool choices) {
  std::vector<Batch> batches;
  for (const char* word : {"a", "b"}) {
    tasks::Dataset data;
    for (const char* label : {" x", " y"}) {
      const std::string text = choices ? std::string(label) + label : std::string(label).substr(1);
      data.labels.push_back({label, text});
    }
    for (std::uint32_t i = 0; i < 3; ++i) {
      tasks::Example example;
      example.prompt = std::string(word) + "bcdefg"[i] + std::string(i + 1, 'h');
      example.text_size = example.prompt.size();
      example.label = i % 2;
      data.train.push_back(example);
    }
    batches.push_back(PromptTask(data, testing::byte_tokens, {}).train_batch(0, 0));
  }
  return batches;
}

struct Run {
  Llama model = testing::tiny_llama();
  std::vector<double> forwards;
  double loss = 0;
};

Run train(const std::vector<Batch>& batches, const PluginOptions& options,
          std::uint64_t steps = 1) {
  PluginOptions all{{"lr", "0.01"}, {"sigma", "0.02"}, {"weight-decay", "0.1"}};
  for (const auto& [name, value] : options) all[name] = value;
  const auto optimizer = testing::make_optimizer("es", all);
  Run run;
  Bus bus(Bus::Options{.delivery = Bus::Delivery::Inline});
  bus.observe("probe", Role::Sink, 1u << TB_ON_STEP | 1u << TB_ON_FORWARD, [&](Event& e) {
    const double loss = *e.find(intern("loss"));
    if (e.kind == EventKind::Forward)
      run.forwards.push_back(loss);
    else
      run.loss = loss;
  });
  const testing::MemoryTask task(batches);
  Trainer(run.model, task, *optimizer, Schedule{ScheduleKind::Constant, optimizer->lr()}, bus,
          {.max_steps = steps, .micro_batches = batches.size(), .seed = seed})
      .run();
  return run;
}

// θ + scale·z as a model of its own.
Llama moved(const Direction& z, double scale) {
  const Llama from = testing::tiny_llama();
  Llama model = testing::tiny_llama();
  for (ParameterId id = 0; id < from.parameters().size(); ++id)
    z.perturb(from.parameters()[id], id, static_cast<float>(scale),
              model.parameters()[id].value.mutable_data_ptr<float>());
  return model;
}

double loss_of(const Llama& model, const std::vector<Batch>& batches) {
  PlainWeights weights(model.parameters());
  double sum = 0, total = 0;
  for (const Batch& batch : batches) {
    sum += batch.weight * model.loss(weights, batch).item<double>();
    total += batch.weight;
  }
  return sum / total;
}

double loss_of_example(const Llama& model, const std::vector<Batch>& batches, std::size_t example) {
  PlainWeights weights(model.parameters());
  const Batch& batch = batches[example / 3];
  const auto at = static_cast<std::int64_t>(example % 3);
  return cross_entropies(model.logits(weights, batch), batch)[0][at].item<double>();
}

// θ after a step, by the formula.
void check_step(const Run& run, const std::vector<std::unique_ptr<Direction>>& z,
                const std::vector<double>& weights, double share) {
  const std::size_t sides = weights.size() / z.size();
  const Llama before = testing::tiny_llama();
  double largest = 0;
  for (ParameterId id = 0; id < before.parameters().size(); ++id) {
    const Parameter& theta = before.parameters()[id];
    at::Tensor expected = theta.value * (theta.decays ? 1 - lr * decay : 1.0);
    for (std::size_t i = 0; i < z.size(); ++i) {
      const double weight = sides == 2 ? weights[2 * i] - weights[2 * i + 1] : weights[i];
      const at::Tensor direction = moved(*z[i], 1).parameters()[id].value - theta.value;
      expected = expected - lr * share * weight * direction;
    }
    const at::Tensor found = run.model.parameters()[id].value;
    BOOST_TEST((found - expected).abs().max().item<double>() < 3e-5, theta.name);
    largest = std::max(largest, (found - theta.value).abs().max().item<double>());
  }
  BOOST_TEST(largest > 1e-3);
}

std::unique_ptr<Direction> member(const Parameters& parameters, bool low_rank, std::uint16_t i) {
  if (low_rank)
    return std::make_unique<LowRankDirection>(
        parameters,
        LowRankOptions{.seed = seed, .step = 0, .direction = i, .rank = 2, .refresh = 1});
  return std::make_unique<CounterDirection>(kernels::Direction{seed, 0, i});
}

double mean_of(const std::vector<double>& numbers) {
  double sum = 0;
  for (const double x : numbers) sum += x;
  return sum / static_cast<double>(numbers.size());
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_population_moves_theta_by_its_members_weights_on_one_side_or_both) {
  const at::NoGradGuard no_grad;
  const Llama theta = testing::tiny_llama();
  for (const bool low_rank : {false, true})
    for (const bool both : {true, false}) {
      const std::vector<Batch> batches = window(false);
      PluginOptions options{{"members", both ? "6" : "5"}, {"antithetic", both ? "yes" : "no"}};
      if (low_rank) options["directions"] = "low-rank", options["rank"] = "2";
      const Run run = train(batches, options);
      std::vector<std::unique_ptr<Direction>> z;
      std::vector<double> losses;
      for (std::uint16_t i = 0; i < (both ? 3 : 5); ++i) {
        z.push_back(member(theta.parameters(), low_rank, i));
        losses.push_back(loss_of(moved(*z.back(), sigma), batches));
        if (both) losses.push_back(loss_of(moved(*z.back(), -sigma), batches));
      }
      // One forward pass a member and micro-batch, none at −σ without pairs.
      BOOST_TEST(run.forwards.size() == 2 * losses.size());
      BOOST_TEST(run.loss == mean_of(losses), boost::test_tools::tolerance(1e-5));
      check_step(run, z, es::shaped(losses, es::Shaping::ZScore),
                 1 / static_cast<double>(losses.size()));
    }
}

BOOST_AUTO_TEST_CASE(with_a_direction_for_every_example_each_pair_is_an_example_at_both_sides) {
  const at::NoGradGuard no_grad;
  const Llama theta = testing::tiny_llama();
  for (const bool choices : {false, true})
    for (const std::string shaping : {"centred", "z-score", "rank"}) {
      const std::vector<Batch> batches = window(choices);
      const Run run =
          train(batches, {{"directions", "per-example"}, {"rank", "2"}, {"shaping", shaping}});
      std::vector<std::unique_ptr<Direction>> z;
      std::vector<double> losses, differences;
      for (std::uint16_t i = 0; i < 6; ++i) {
        z.push_back(member(theta.parameters(), true, i));
        for (const double scale : {sigma, -sigma})
          losses.push_back(loss_of_example(moved(*z.back(), scale), batches, i));
        const double half = (losses[2u * i] - losses[2u * i + 1]) / 2;
        differences.push_back(half);
        differences.push_back(-half);
      }
      BOOST_TEST(run.forwards.size() == 4u);  // two sides of two micro-batches
      BOOST_TEST(run.loss == mean_of(losses), boost::test_tools::tolerance(1e-5));
      const auto kind = shaping == "centred"   ? es::Shaping::Centred
                        : shaping == "z-score" ? es::Shaping::ZScore
                                               : es::Shaping::Rank;
      check_step(run, z, es::shaped(differences, kind),
                 1 / (12.0 * (shaping == "centred" ? sigma : 1)));
    }
}

BOOST_AUTO_TEST_CASE(threads_do_not_show_in_any_mode) {
  for (const PluginOptions& options : {PluginOptions{{"members", "5"}, {"antithetic", "no"}},
                                       {{"members", "4"}, {"directions", "low-rank"}},
                                       {{"directions", "per-example"}}}) {
    at::set_num_threads(1);
    const Run one = train(window(true), options, 4);
    at::set_num_threads(2);
    const Run two = train(window(true), options, 4);
    for (ParameterId id = 0; id < one.model.parameters().size(); ++id)
      BOOST_TEST(one.model.parameters()[id].value.equal(two.model.parameters()[id].value));
    BOOST_TEST(one.loss == two.loss);
  }
}

BOOST_AUTO_TEST_CASE(options_of_a_population_that_do_not_go_together_are_refused) {
  for (const PluginOptions& options : {PluginOptions{{"members", "5"}},
                                       {{"rank", "2"}},
                                       {{"directions", "low-rank"}, {"z", "gaussian"}},
                                       {{"members", "40000"}, {"antithetic", "no"}},
                                       {{"directions", "per-example"}, {"antithetic", "no"}},
                                       {{"directions", "per-example"}, {"members", "8"}}})
    BOOST_CHECK_THROW(testing::make_optimizer("es", options), UsageError);
}
