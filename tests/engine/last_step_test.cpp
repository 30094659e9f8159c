// With evaluations enabled the last step is evaluated once, however the run ends.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "core/bus/control.hpp"
#include "core/io/system_calls.hpp"
#include "core/journal/reader.hpp"
#include "core/journal/writer.hpp"
#include "engine/trainer.hpp"
#include "models/families/mlp.hpp"
#include "support/plugin_optimizer.hpp"
#include "support/simulated_disk.hpp"
#include "tasks/mlp/mlp_task.hpp"

using namespace trainbus;
using Log = std::vector<std::string>;

namespace {

struct Fixture {
  MlpTask task{{.features = 4, .train_examples = 24, .evaluation_examples = 8, .batch_size = 4}};
  Mlp model{Parameters(Mlp::shapes(4, 8, 2))};
  ControlDesk desk;
  testing::SimulatedDisk calls;
  std::unique_ptr<FileSystem> files = make_file_system(calls);
  Log log;                               // "STEP kind", "again" if it is of an earlier attempt
  std::vector<std::uint64_t> evaluated;  // as the hook gets it
  std::uint64_t stop_at = 0, interrupt_at = 0;

  Fixture() { files->make_folders("/run"); }

  TrainResult run(TrainerOptions options, TrainerHooks hooks = {},
                  ReplaySource replay_source = {}) {
    model.initialize(0);
    log.clear();
    evaluated.clear();
    Bus bus;
    std::uint64_t step = 0;
    bus.observe("log", Role::Sink,
                1u << TB_ON_EVALUATE | 1u << TB_ON_EPOCH_BEGIN | 1u << TB_ON_EPOCH_END,
                [&](Event& e) {
                  log.push_back(std::to_string(e.step) + " " + std::string(event_name(e.kind)) +
                                (e.phase == Phase::CatchUp ? " again" : ""));
                });
    bus.observe("guard", Role::Control, 1u << TB_ON_STEP, [&](Event& e) {
      step = e.step;
      if (e.step == stop_at) desk.request({ControlRequest::What::Stop, "guard", "why", e.step});
    });
    const auto mezo = testing::make_optimizer("mezo", {{"lr", "0.01"}});
    hooks.control = &desk;
    hooks.interrupted = [&] { return interrupt_at > 0 && step >= interrupt_at ? "SIGINT" : ""; };
    hooks.evaluated = [&](const Evaluation&, std::uint64_t at, bool) { evaluated.push_back(at); };
    return Trainer(model, task, *mezo, Schedule{ScheduleKind::Constant, 0.01}, bus, options, hooks,
                   std::move(replay_source))
        .run();
  }
  // A first attempt with a journal.
  TrainResult begin(TrainerOptions options) {
    journal::Writer writer(*files, "/run/journal", journal::Header{.text = "{}"},
                           journal::Writer::Sync::OnFlush);
    writer.append(journal::Attempt{.number = 1});
    TrainerHooks hooks;
    hooks.journal = &writer;
    return run(options, hooks);
  }
  TrainResult resume(TrainerOptions options) {
    const journal::Contents contents = journal::read(*files, "/run/journal");
    journal::Writer writer(*files, "/run/journal", contents, journal::Writer::Sync::OnFlush);
    writer.append(journal::Attempt{.number = 2, .resumed_step = contents.last_step});
    TrainerHooks hooks;
    hooks.journal = &writer;
    return run(options, hooks, ReplaySource(contents, contents.last_step));
  }
  std::size_t count(const std::string& entry) const {
    return static_cast<std::size_t>(std::ranges::count(log, entry));
  }
};

using Steps = std::vector<std::uint64_t>;

}  // namespace

BOOST_FIXTURE_TEST_CASE(the_last_step_is_evaluated_and_a_candidate_for_the_best, Fixture) {
  run({.max_steps = 5, .eval_every = 2});
  BOOST_TEST(evaluated == (Steps{2, 4, 5}), boost::test_tools::per_element());
  run({.max_steps = 4, .eval_every = 2});
  BOOST_TEST(evaluated == (Steps{2, 4}), boost::test_tools::per_element());
  run({.max_steps = 3, .eval_every = 20});
  BOOST_TEST(evaluated == (Steps{3}), boost::test_tools::per_element());
  run({.max_steps = 3});
  BOOST_TEST(evaluated.empty());
}

BOOST_FIXTURE_TEST_CASE(the_step_that_a_run_is_stopped_at_is_evaluated, Fixture) {
  stop_at = 3;
  const TrainResult result = run({.max_steps = 9, .eval_every = 2});
  BOOST_TEST(result.steps == 3u);
  BOOST_TEST(evaluated == (Steps{2, 3}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(the_step_that_a_run_is_interrupted_at_is_not, Fixture) {
  interrupt_at = 3;
  begin({.max_steps = 5, .eval_every = 2});
  BOOST_TEST(evaluated == (Steps{2}), boost::test_tools::per_element());
  interrupt_at = 0;
  resume({.max_steps = 5, .eval_every = 2});
  BOOST_TEST(evaluated == (Steps{2, 4, 5}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_completed_run_that_goes_on_shows_the_evaluation_of_its_last_step_again,
                        Fixture) {
  begin({.max_steps = 3, .eval_every = 2});
  resume({.max_steps = 5, .eval_every = 2});
  BOOST_TEST(evaluated == (Steps{2, 3, 4, 5}), boost::test_tools::per_element());
  BOOST_TEST(count("3 on_evaluate again") == 1u);
  BOOST_TEST(count("3 on_evaluate") == 0u);
}

// As journals before version 1.1: complete, without an evaluation of the last step.
BOOST_FIXTURE_TEST_CASE(a_run_that_was_completed_without_it_is_not_evaluated_later, Fixture) {
  begin({.max_steps = 3});
  resume({.max_steps = 3, .eval_every = 2});
  BOOST_TEST(evaluated.empty());
}

BOOST_FIXTURE_TEST_CASE(after_a_resume_no_epoch_begins_or_ends_as_if_for_the_first_time, Fixture) {
  begin({.max_steps = 6});  // an epoch of six
  BOOST_TEST(count("0 on_epoch_begin") == 1u);
  resume({.max_steps = 8});
  BOOST_TEST(count("0 on_epoch_begin again") == 1u);
  BOOST_TEST(count("0 on_epoch_begin") == 0u);
  BOOST_TEST(count("6 on_epoch_end again") == 1u);
  BOOST_TEST(count("6 on_epoch_begin") == 1u);
}
