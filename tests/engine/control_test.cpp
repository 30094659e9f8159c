// Control observers: their requests take effect when the step is done, always in the same order.
#include <boost/test/unit_test.hpp>

#include "core/bus/control.hpp"
#include "core/host/plugin_observer.hpp"
#include "core/io/terminal.hpp"
#include "engine/trainer.hpp"
#include "models/families/mlp.hpp"
#include "support/plugin_optimizer.hpp"
#include "support/test_paths.hpp"
#include "tasks/mlp/mlp_task.hpp"

using namespace trainbus;

namespace {

using What = ControlRequest::What;
using Log = std::vector<std::string>;

struct Fixture {
  MlpTask task{{.features = 4,
                .classes = 2,
                .train_examples = 24,
                .evaluation_examples = 8,
                .batch_size = 4}};
  Mlp model{Parameters(Mlp::shapes(4, 8, 2))};
  ControlDesk desk;
  Bus bus;
  Log log;

  Fixture() { model.initialize(0); }

  void watch() {
    bus.observe("log", Role::Sink,
                1u << TB_ON_STEP | 1u << TB_ON_EVALUATE | 1u << TB_ON_SAVE | 1u << TB_ON_TRAIN_END,
                [this](Event& e) {
                  log.push_back(std::to_string(e.step) + " " + std::string(event_name(e.kind)) +
                                (e.kind == EventKind::TrainEnd ? " " + e.text : ""));
                });
  }
  // Asks for all these at the step's event of this kind.
  void ask(std::string author, EventKind kind, std::uint64_t step, std::vector<What> wishes) {
    bus.observe(author, Role::Control, std::uint64_t{1} << static_cast<unsigned>(kind),
                [this, author, step, wishes](Event& e) {
                  if (e.step != step) return;
                  for (const What what : wishes) desk.request({what, author, "why", e.step});
                });
  }
  TrainResult run(TrainerOptions options) {
    const auto mezo = testing::make_optimizer("mezo", {{"lr", "0.01"}});
    TrainerHooks hooks;
    hooks.control = &desk;
    hooks.save = [](std::uint64_t step) { return "step-" + std::to_string(step); };
    return Trainer(model, task, *mezo, Schedule{ScheduleKind::Constant, 0.01}, bus, options, hooks)
        .run();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_request_takes_effect_when_its_step_is_done, Fixture) {
  watch();
  ask("guard", EventKind::Forward, 2, {What::Stop, What::Save, What::Evaluate});
  const TrainResult result = run({.max_steps = 5});
  const Log expected = {"1 on_step", "2 on_step", "2 on_evaluate", "2 on_save",
                        "2 on_train_end stopped: guard: why"};
  BOOST_TEST(log == expected, boost::test_tools::per_element());
  BOOST_TEST((result.end == TrainResult::End::Stopped));
  BOOST_TEST(result.steps == 2u);
  BOOST_TEST(result.author == "guard");
  BOOST_TEST(result.why == "why");
  BOOST_TEST(desk.history().size() == 6u);  // both forwards of the step
}

BOOST_FIXTURE_TEST_CASE(what_is_due_anyway_is_done_once, Fixture) {
  watch();
  ask("one", EventKind::Step, 2, {What::Save, What::Evaluate});
  ask("two", EventKind::Step, 2, {What::Save, What::Evaluate});
  run({.max_steps = 2, .eval_every = 2, .save_every = 2});
  BOOST_TEST(std::count(log.begin(), log.end(), "2 on_evaluate") == 1);
  BOOST_TEST(std::count(log.begin(), log.end(), "2 on_save") == 1);
}

BOOST_FIXTURE_TEST_CASE(the_first_to_ask_names_the_stop_and_all_are_recorded, Fixture) {
  watch();
  ask("first", EventKind::Step, 3, {What::Stop});
  ask("second", EventKind::Step, 3, {What::Stop});
  run({.max_steps = 9});
  BOOST_TEST(log.back() == "3 on_train_end stopped: first: why");
  BOOST_TEST(desk.history().size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_request_at_an_evaluation_is_of_the_same_step, Fixture) {
  watch();
  ask("early", EventKind::Evaluate, 4, {What::Save, What::Stop});
  run({.max_steps = 9, .eval_every = 2});
  const Log end(log.end() - 2, log.end());
  const Log expected = {"4 on_save", "4 on_train_end stopped: early: why"};
  BOOST_TEST(end == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_stop_at_the_begin_means_no_step, Fixture) {
  watch();
  ask("never", EventKind::TrainBegin, 0, {What::Stop});
  BOOST_TEST(run({.max_steps = 9}).steps == 0u);
  const Log expected = {"0 on_train_end stopped: never: why"};
  BOOST_TEST(log == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(after_the_end_nothing_can_be_asked, Fixture) {
  std::string refused;
  bus.observe("late", Role::Control, 1u << TB_ON_TRAIN_END, [&](Event& e) {
    try {
      desk.request({What::Stop, "late", "why", e.step});
    } catch (const std::exception& error) {
      refused = error.what();
    }
  });
  run({.max_steps = 1});
  BOOST_TEST(refused.find("outside a run") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_control_plugin_stops_the_run_through_the_host, Fixture) {
  watch();
  const testing::ScratchFolder folder;
  const Plugin& plugin = Catalog({TRAINBUS_BINARY_DIR "/plugins"}).load("early-stopping");
  OptionValues options("early-stopping", plugin.options());
  options.set("metric", "loss", "test");
  options.set("patience", "3", "test");
  options.set("min-delta", "100", "test");
  bus.add(make_plugin_observer(plugin, "early-stopping", options,
                               {.run_directory = folder.path(),
                                .files = file_system(),
                                .terminal = terminal(),
                                .control = &desk}));
  const TrainResult result = run({.max_steps = 50});
  BOOST_TEST(result.steps == 4u);  // the first is the best, then three that are no better
  BOOST_TEST(result.author == "early-stopping");
  BOOST_TEST(desk.history().size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(without_a_desk_a_control_plugin_is_refused_and_the_run_goes_on, Fixture) {
  const testing::ScratchFolder folder;
  const Plugin& plugin = Catalog({TRAINBUS_BINARY_DIR "/plugins"}).load("early-stopping");
  OptionValues options("early-stopping", plugin.options());
  options.set("metric", "loss", "test");
  options.set("patience", "1", "test");
  options.set("min-delta", "100", "test");
  bus.add(make_plugin_observer(plugin, "early-stopping", options,
                               {folder.path(), file_system(), terminal()}));
  BOOST_TEST(run({.max_steps = 6}).steps == 6u);
  BOOST_TEST(bus.report()[0].failures > 0u);
}
