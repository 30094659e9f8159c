// The loop's events and their order, with and without failures.
#include "engine/trainer.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "core/bus/bus.hpp"
#include "models/families/mlp.hpp"
#include "support/memory_task.hpp"
#include "support/plugin_optimizer.hpp"
#include "tasks/mlp/mlp_task.hpp"

using namespace trainbus;

namespace {

constexpr std::uint64_t all_kinds = ~std::uint64_t{0};

struct Fixture {
  MlpTask task{{.features = 4,
                .classes = 2,
                .train_examples = 24,
                .evaluation_examples = 8,
                .batch_size = 4}};
  Mlp model{Parameters(Mlp::shapes(4, 8, 2))};
  Bus bus;
  std::vector<std::string> log;

  Fixture() {
    model.initialize(0);
    bus.observe("log", Role::Sink, all_kinds, [this](Event& e) {
      std::string entry = std::to_string(e.step) + " " + std::string(event_name(e.kind));
      if (const double* side = e.find(intern("side")))
        entry += *side > 0 ? " +" : *side < 0 ? " -" : " 0";
      if (e.kind == EventKind::TrainEnd || e.kind == EventKind::Exception ||
          e.kind == EventKind::Save)
        entry += " " + e.text;
      log.push_back(entry);
    });
  }
  TrainResult run(const std::string& optimizer, TrainerOptions options, TrainerHooks hooks = {}) {
    const auto plugin = testing::make_optimizer(optimizer, {{"lr", "0.01"}});
    return Trainer(model, task, *plugin, Schedule{ScheduleKind::Constant, 0.01}, bus, options,
                   hooks)
        .run();
  }
};

using Log = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_mezo_window_publishes_plus_and_minus_of_each_micro_batch, Fixture) {
  run("mezo", {.max_steps = 1, .micro_batches = 2});
  const Log expected = {"0 on_train_begin", "0 on_epoch_begin",        "1 on_step_begin",
                        "1 on_forward +",   "1 on_forward -",          "1 on_forward +",
                        "1 on_forward -",   "1 on_optimizer_step",     "1 on_step",
                        "1 on_epoch_end",   "1 on_train_end completed"};
  BOOST_TEST(log == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_first_order_window_publishes_forward_and_backward_of_each_micro_batch,
                        Fixture) {
  run("sgd", {.max_steps = 1, .micro_batches = 2});
  const Log expected = {"0 on_train_begin", "0 on_epoch_begin",        "1 on_step_begin",
                        "1 on_forward 0",   "1 on_backward",           "1 on_forward 0",
                        "1 on_backward",    "1 on_optimizer_step",     "1 on_step",
                        "1 on_epoch_end",   "1 on_train_end completed"};
  BOOST_TEST(log == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(epochs_begin_and_end_in_pairs_and_the_last_window_of_an_epoch_may_be_short,
                        Fixture) {
  int forwards = 0;
  bus.observe("count", Role::Sink, 1u << TB_ON_FORWARD, [&](Event&) { ++forwards; });
  run("sgd", {.max_steps = 5, .micro_batches = 4});  // 6 micro-batches an epoch: windows of 4 and 2
  BOOST_TEST(forwards == 4 + 2 + 4 + 2 + 4);
  BOOST_TEST(std::count(log.begin(), log.end(), "2 on_epoch_end") == 1);
  BOOST_TEST(std::count_if(log.begin(), log.end(),
                           [](auto& e) { return e.ends_with("on_epoch_begin"); }) == 3);
  BOOST_TEST(std::count_if(log.begin(), log.end(),
                           [](auto& e) { return e.ends_with("on_epoch_end"); }) == 3);
}

BOOST_FIXTURE_TEST_CASE(evaluation_and_saving_come_after_the_step_that_they_are_due_at, Fixture) {
  run("sgd", {.max_steps = 2, .eval_every = 2, .save_every = 2},
      {.save = [](std::uint64_t) { return "somewhere"; }});
  const Log expected = {
      "2 on_step",     "2 on_eval_begin",    "2 on_prediction_step", "2 on_prediction_step",
      "2 on_evaluate", "2 on_save somewhere"};
  const auto from = std::find(log.begin(), log.end(), "2 on_step");
  BOOST_TEST((Log(from, from + 6)) == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(an_interrupt_ends_the_run_in_order_after_the_step, Fixture) {
  int polls = 0;
  const TrainResult result =
      run("sgd", {.max_steps = 100}, {.interrupted = [&] { return ++polls > 2 ? "SIGINT" : ""; }});
  BOOST_TEST((result.end == TrainResult::End::Interrupted));
  BOOST_TEST(result.steps == 2u);
  BOOST_TEST(log.back() == "2 on_train_end interrupted: SIGINT");
  BOOST_TEST(*(log.end() - 2) == "2 on_epoch_end");
}

// A step may take minutes, of many directions or micro-batches: it is given up, and nothing of it
// is kept.
BOOST_FIXTURE_TEST_CASE(an_interrupt_within_a_step_leaves_the_parameters_of_the_step_before,
                        Fixture) {
  for (const char* optimizer : {"mezo", "sgd"}) {
    Fixture cut, whole;
    const TrainerHooks hooks{.interrupted = [&] {
      const std::string last = cut.log.empty() ? "" : cut.log.back();
      const bool is_within = last.starts_with("3 on_forward") || last == "3 on_backward";
      return is_within ? "SIGTERM" : "";
    }};
    const TrainerOptions options{.max_steps = 5, .micro_batches = 3};
    const TrainResult result = cut.run(optimizer, options, hooks);
    whole.run(optimizer, {.max_steps = 2, .micro_batches = 3});
    BOOST_TEST(result.steps == 2u);
    BOOST_TEST((result.end == TrainResult::End::Interrupted));
    BOOST_TEST(cut.log.back() == "3 on_train_end interrupted: SIGTERM");
    BOOST_TEST(std::ranges::count(cut.log, "3 on_optimizer_step") == 0);
    for (ParameterId id = 0; id < cut.model.parameters().size(); ++id)
      BOOST_TEST(cut.model.parameters()[id].value.equal(whole.model.parameters()[id].value));
  }
}

BOOST_FIXTURE_TEST_CASE(an_exception_is_published_closes_what_began_and_is_thrown_on, Fixture) {
  struct Failing final : Optimizer {
    void step(StepContext& step) override {
      if (step.step() == 1) throw std::runtime_error("out of luck");
    }
    double lr() const override { return 1; }
  } failing;
  Trainer trainer(model, task, failing, Schedule{ScheduleKind::Constant, 1}, bus, {.max_steps = 3});
  BOOST_CHECK_THROW(trainer.run(), std::runtime_error);
  const Log expected = {"2 on_step_begin", "2 on_exception out of luck", "2 on_epoch_end",
                        "2 on_train_end failed: out of luck"};
  BOOST_TEST((Log(log.end() - 4, log.end())) == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(observers_cannot_change_a_result, Fixture) {
  Fixture bare;
  bare.bus.remove("log");
  bus.observe("noise", Role::Metric, all_kinds, [](Event& e) { e.set(intern("noise/loss"), -1); });
  bus.observe("broken", Role::Sink, all_kinds, [](Event&) { throw std::runtime_error("no"); });
  run("mezo", {.max_steps = 10});
  bare.run("mezo", {.max_steps = 10});
  for (ParameterId id = 0; id < model.parameters().size(); ++id)
    BOOST_TEST(model.parameters()[id].value.equal(bare.model.parameters()[id].value));
}

BOOST_FIXTURE_TEST_CASE(sgd_learns_the_synthetic_task, Fixture) {
  const MlpTask wide({.features = 4,
                      .classes = 2,
                      .train_examples = 512,
                      .evaluation_examples = 256,
                      .batch_size = 16});
  const auto sgd = testing::make_optimizer("sgd", {{"lr", "0.3"}});
  Trainer trainer(model, wide, *sgd, Schedule{ScheduleKind::Linear, 0.3, 0, 300}, bus,
                  {.max_steps = 300});
  const double before = trainer.evaluate_now(Split::Test).value("accuracy");
  trainer.run();
  const double after = trainer.evaluate_now(Split::Test).value("accuracy");
  BOOST_TEST(after > 0.93);
  BOOST_TEST(after > before);
}
