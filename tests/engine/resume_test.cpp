// A resumed run equals an uninterrupted one: N steps, and k steps, a resume and N − k steps, give
// the same bits and the same events, for every k.
#include <ATen/TensorOperators.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "core/io/error.hpp"
#include "core/io/system_calls.hpp"
#include "core/journal/reader.hpp"
#include "core/journal/writer.hpp"
#include "engine/trainer.hpp"
#include "models/families/mlp.hpp"
#include "support/event_line.hpp"
#include "support/plugin_optimizer.hpp"
#include "support/simulated_disk.hpp"
#include "tasks/mlp/mlp_task.hpp"

using namespace trainbus;
namespace data = boost::unit_test::data;

namespace {

constexpr std::uint64_t steps = 11;

struct Recipe {
  const char* optimizer;
  std::map<std::string, std::string> options;
  std::uint64_t micro_batches = 1;
  kernels::Format format = kernels::Format::Float32;
};
std::ostream& operator<<(std::ostream& out, const Recipe& recipe) {
  out << recipe.optimizer << " x" << recipe.micro_batches;
  for (const auto& [name, value] : recipe.options) out << ' ' << name << '=' << value;
  return out << (recipe.format == kernels::Format::Float32 ? "" : " residual");
}

const Recipe replayed[] = {
    {"mezo", {}},
    {"mezo", {}, 2},
    {"mezo", {{"weights", "scratch"}, {"weight-decay", "0.1"}}},
    {"mezo", {{"weights", "dual"}}, 3},
    {"mezo", {{"weights", "low-rank"}, {"refresh", "3"}}},
    {"mezo", {{"z", "gaussian"}}},
    {"mezo", {{"rng", "torch"}}},
    {"mezo", {{"directions", "3"}}, 2},
    {"mezo", {{"directions", "3"}, {"shares", "yes"}}},
    {"mezo", {{"directions", "5"}, {"shares", "yes"}, {"sparsity", "0.5"}}, 2},
    {"mezo",
     {{"directions", "4"}, {"shares", "yes"}, {"weight-decay", "0.1"}},
     1,
     kernels::Format::BFloat16Residual},
    {"mezo", {{"directions", "3"}, {"sides", "plus"}}, 2},
    {"mezo",
     {{"directions", "4"}, {"sides", "plus"}, {"shares", "yes"}, {"step-rule", "deviation"}},
     1,
     kernels::Format::BFloat16Residual},
    {"mezo",
     {{"directions", "3"}, {"sides", "plus"}, {"weights", "low-rank"}, {"step-rule", "deviation"}}},
    {"mezo",
     {{"directions", "3"},
      {"sides", "plus"},
      {"weights", "low-rank"},
      {"refresh", "3"},
      {"orthogonal", "yes"}}},
    {"mezo",
     {{"directions", "2"}, {"weights", "low-rank"}, {"orthogonal", "yes"}},
     2,
     kernels::Format::BFloat16Residual},
    {"mezo", {{"step-rule", "sign"}}},
    {"mezo", {{"step-rule", "clip"}, {"clip", "0.3"}}},
    {"mezo", {{"step-rule", "clip"}, {"directions", "3"}}},
    {"mezo", {{"step-rule", "adaptive"}}},
    {"mezo", {{"sparsity", "0.5"}}},
    {"mezo", {}, 1, kernels::Format::BFloat16Residual},
    {"mezo", {}, 1, kernels::Format::BFloat16Split},
};
const Recipe checkpointed[] = {
    {"sgd", {}},
    {"sgd", {{"momentum", "0.9"}, {"nesterov", "yes"}}, 2},
    {"adamw", {{"weight-decay", "0.01"}}},
    {"adamw", {{"amsgrad", "yes"}}, 3},
};

// An epoch of six micro-batches, in another order each time.
MlpTask make_task() {
  return MlpTask({.features = 4,
                  .classes = 2,
                  .train_examples = 22,
                  .evaluation_examples = 8,
                  .batch_size = 4,
                  .seed = 5});
}

// One process's part of a run, with all that it keeps in memory.
struct Attempt {
  MlpTask task = make_task();
  Mlp model;
  std::unique_ptr<Optimizer> optimizer;
  std::unique_ptr<journal::Writer> journal;
  Bus bus;
  std::vector<std::string> told;
  std::vector<at::Tensor> checkpoint;  // the parameters at the last save
  std::vector<at::Tensor> residuals;
  OptimizerState state;
  std::uint64_t saved_step = 0;

  explicit Attempt(const Recipe& recipe)
      : model(Parameters(Mlp::shapes(4, 8, 2), recipe.format)),
        optimizer(testing::make_optimizer(recipe.optimizer, options_of(recipe))) {
    Mlp start{Parameters(Mlp::shapes(4, 8, 2))};
    start.initialize(0);
    for (ParameterId id = 0; id < start.parameters().size(); ++id)
      kernels::store(start.parameters()[id].value.const_data_ptr<float>(),
                     model.parameters()[id].stored(), start.parameters()[id].value.numel());
    const std::uint64_t attempts_own = 1u << TB_ON_TRAIN_BEGIN | 1u << TB_ON_TRAIN_END |
                                       1u << TB_ON_EPOCH_END | 1u << TB_ON_PREDICTION_STEP;
    bus.observe("log", Role::Sink, ~attempts_own,
                [this](Event& e) { told.push_back(testing::line_of(e)); });
  }
  static std::map<std::string, std::string> options_of(const Recipe& recipe) {
    std::map<std::string, std::string> options = recipe.options;
    options.emplace("lr", "0.05");
    return options;
  }

  // Until `last`, as a signal would end it. With `saves`, after every step.
  TrainResult run(const Recipe& recipe, std::uint64_t last, bool saves,
                  ReplaySource replay_source = {}) {
    std::uint64_t step = 0;
    bus.observe("count", Role::Sink, 1u << TB_ON_STEP, [&](Event& e) { step = e.step; });
    TrainerHooks hooks;
    hooks.journal = journal.get();
    hooks.interrupted = [&] { return step >= last && last < steps ? "SIGINT" : ""; };
    hooks.save = [&](std::uint64_t at) {
      save(at);
      return "step-" + std::to_string(at);
    };
    TrainerOptions options{.max_steps = steps,
                           .micro_batches = recipe.micro_batches,
                           .eval_every = 2,
                           .save_every = saves ? 1u : 0u,
                           .hash_every = 3,
                           .seed = 9};
    const Schedule schedule{ScheduleKind::Linear, optimizer->lr(), 2, steps};
    return Trainer(model, task, *optimizer, schedule, bus, options, hooks, std::move(replay_source))
        .run();
  }
  void save(std::uint64_t step) {
    saved_step = step;
    checkpoint.clear();
    for (const Parameter& p : model.parameters()) checkpoint.push_back(p.value.clone());
    state.clear();
    const OptimizerState now = optimizer->state(model.parameters()).value();
    for (const auto& [name, tensor] : now) state.emplace(name, tensor.clone());
  }
};

struct Disk {
  testing::SimulatedDisk calls;
  std::unique_ptr<FileSystem> files = make_file_system(calls);
  Disk() { files->make_folders("/run"); }

  void begin(Attempt& attempt) {
    attempt.journal = std::make_unique<journal::Writer>(
        *files, "/run/journal", journal::Header{.text = "{}"}, journal::Writer::Sync::OnFlush);
    attempt.journal->append(journal::Attempt{.number = 1});
  }
  ReplaySource go_on(Attempt& attempt, std::uint64_t last_step) {
    const journal::Contents contents = journal::read(*files, "/run/journal");
    attempt.journal = std::make_unique<journal::Writer>(*files, "/run/journal", contents,
                                                        journal::Writer::Sync::OnFlush);
    ReplaySource replay_source(contents, last_step);
    attempt.journal->append(
        journal::Attempt{.number = replay_source.attempt(), .resumed_step = last_step});
    return replay_source;
  }
};

void check_equal(const Model& a, const Model& b) {
  for (ParameterId id = 0; id < a.parameters().size(); ++id) {
    const Parameter &left = a.parameters()[id], &right = b.parameters()[id];
    BOOST_TEST(left.value.equal(right.value), left.name);
    if (left.residual.defined()) BOOST_TEST(left.residual.equal(right.residual), left.name);
  }
}

}  // namespace

BOOST_DATA_TEST_CASE(a_mezo_run_goes_on_from_its_journal_at_every_step,
                     data::make(replayed) * data::xrange(steps + 1), recipe, k) {
  Attempt whole(recipe);
  whole.run(recipe, steps, false);

  Disk disk;
  {
    Attempt first(recipe);
    disk.begin(first);
    first.run(recipe, k, false);
  }
  Attempt second(recipe);
  const TrainResult result = second.run(recipe, steps, false, disk.go_on(second, k));
  BOOST_TEST(result.steps == steps);
  check_equal(whole.model, second.model);
  BOOST_TEST(second.told == whole.told, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_run_goes_on_from_a_checkpoint_at_every_step,
                     data::make(checkpointed) * data::xrange(steps + 1), recipe, k) {
  Attempt whole(recipe);
  whole.run(recipe, steps, true);

  Disk disk;
  Attempt first(recipe), second(recipe);
  disk.begin(first);
  first.run(recipe, k, true);
  first.journal.reset();
  ReplaySource replay_source = disk.go_on(second, k);
  if (k > 0) {
    BOOST_TEST_REQUIRE(first.saved_step == k);
    for (ParameterId id = 0; id < second.model.parameters().size(); ++id)
      second.model.parameters()[id].value.copy_(first.checkpoint[id]);
    replay_source.parameters_step = k;
    replay_source.optimizer_state = first.state;
  }
  second.run(recipe, steps, true, std::move(replay_source));
  check_equal(whole.model, second.model);
  BOOST_TEST(second.told == whole.told, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_mezo_run_goes_on_from_a_snapshot_and_the_journal_behind_it,
                     data::make(replayed), recipe) {
  if (recipe.format != kernels::Format::Float32) return;  // residuals are not in this snapshot
  Attempt whole(recipe);
  whole.run(recipe, steps, false);

  constexpr std::uint64_t snapshot = 4, k = 8;
  Disk disk;
  Attempt first(recipe), second(recipe);
  disk.begin(first);
  first.bus.observe("snapshot", Role::Sink, 1u << TB_ON_STEP, [&](Event& e) {
    if (e.step == snapshot) first.save(e.step);
  });
  first.run(recipe, k, false);
  first.journal.reset();
  ReplaySource replay_source = disk.go_on(second, k);
  for (ParameterId id = 0; id < second.model.parameters().size(); ++id)
    second.model.parameters()[id].value.copy_(first.checkpoint[id]);
  replay_source.parameters_step = snapshot;
  replay_source.optimizer_state = first.state;
  second.run(recipe, steps, false, std::move(replay_source));
  check_equal(whole.model, second.model);
  BOOST_TEST(second.told == whole.told, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_run_can_be_resumed_again_and_again) {
  const Recipe& recipe = replayed[1];
  Attempt whole(recipe);
  whole.run(recipe, steps, false);
  Disk disk;
  {
    Attempt first(recipe);
    disk.begin(first);
    first.run(recipe, 1, false);
  }
  for (std::uint64_t k = 1; k < steps; ++k) {
    Attempt next(recipe);
    next.run(recipe, k + 1, false, disk.go_on(next, k));
  }
  Attempt last(recipe);
  last.run(recipe, steps, false, disk.go_on(last, steps));
  check_equal(whole.model, last.model);
  BOOST_TEST(last.told == whole.told, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_journal_of_other_options_is_refused_by_its_step) {
  const Recipe made{"mezo", {{"eps", "0.01"}}}, resumed{"mezo", {{"eps", "0.001"}}};
  Disk disk;
  {
    Attempt first(made);
    disk.begin(first);
    first.run(made, 3, false);
  }
  Attempt second(resumed);
  BOOST_CHECK_EXCEPTION(second.run(resumed, steps, false, disk.go_on(second, 3)), RunError,
                        [](const RunError& e) {
                          return std::string(e.what()).find(
                                     "step 2 updated the parameters by other "
                                     "coefficients") != std::string::npos;
                        });
}

BOOST_AUTO_TEST_CASE(another_start_is_refused_by_the_hash_of_the_parameters) {
  const Recipe& recipe = replayed[0];
  Disk disk;
  {
    Attempt first(recipe);
    disk.begin(first);
    first.run(recipe, 5, false);
  }
  Attempt second(recipe);
  second.model.parameters()[0].value.add_(1e-3);
  BOOST_CHECK_EXCEPTION(
      second.run(recipe, steps, false, disk.go_on(second, 5)), RunError, [](const RunError& e) {
        return std::string(e.what()).find("the parameters at step 3 differ") != std::string::npos;
      });
}

// At step 8 the updates that wait are given up: then it is not reached, and nothing may be saved.
BOOST_DATA_TEST_CASE(an_interrupt_while_catching_up_loses_nothing, data::make({1, 3, 8}), last) {
  const Recipe& recipe = replayed[0];
  Attempt whole(recipe);
  whole.run(recipe, steps, false);
  Disk disk;
  {
    Attempt first(recipe);
    disk.begin(first);
    first.run(recipe, 8, false);
  }
  {
    Attempt second(recipe);
    const TrainResult result =
        second.run(recipe, static_cast<std::uint64_t>(last), true, disk.go_on(second, 8));
    BOOST_TEST((result.end == TrainResult::End::Interrupted));
    BOOST_TEST(result.steps == std::min(static_cast<std::uint64_t>(last), std::uint64_t{7}));
    BOOST_TEST(second.saved_step == 0u);
  }
  Attempt third(recipe);
  third.run(recipe, steps, false, disk.go_on(third, 8));
  check_equal(whole.model, third.model);
  BOOST_TEST(third.told == whole.told, boost::test_tools::per_element());
}
