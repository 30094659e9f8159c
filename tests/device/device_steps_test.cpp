// Whole runs on a device: its results equal the optimizer's bit for bit, the journal restores the
// parameters without the device, and nothing waits longer than necessary.
#include "device/device_steps.hpp"

#include <ATen/ops/empty.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "core/io/system_calls.hpp"
#include "core/journal/reader.hpp"
#include "core/journal/writer.hpp"
#include "engine/trainer.hpp"
#include "models/families/mlp.hpp"
#include "support/plugin_optimizer.hpp"
#include "support/simulated_disk.hpp"
#include "support/tested_backend.hpp"
#include "tasks/mlp/mlp_task.hpp"

using namespace trainbus;
namespace data = boost::unit_test::data;

namespace {

constexpr std::uint64_t steps = 13;

struct Recipe {
  std::map<std::string, std::string> options;
  std::uint64_t micro_batches = 1;
  kernels::Format format = kernels::Format::Float32;
};
std::ostream& operator<<(std::ostream& out, const Recipe& recipe) {
  for (const auto& [name, value] : recipe.options) out << name << '=' << value << ' ';
  return out << 'x' << recipe.micro_batches;
}

const Recipe recipes[] = {
    {{{"weight-decay", "0.1"}}},
    {{{"directions", "3"}}, 2},
    {{{"weights", "scratch"}}},
    {{{"z", "gaussian"}, {"step-rule", "sign"}}, 3},
    {{{"step-rule", "clip"}, {"clip", "0.1"}}, 1, kernels::Format::BFloat16Residual},
    {{{"directions", "2"}, {"step-rule", "clip"}, {"clip", "0.1"}},
     2,
     kernels::Format::BFloat16Split},
};

struct Run {
  MlpTask task{{.features = 4,
                .classes = 2,
                .train_examples = 22,
                .evaluation_examples = 8,
                .batch_size = 4,
                .seed = 5}};
  Mlp model;
  Bus bus;
  TrainerHooks hooks;
  std::vector<double> losses, evaluations;

  explicit Run(const Recipe& recipe, const std::vector<ParameterId>& frozen = {})
      : model(Parameters(Mlp::shapes(4, 8, 2), recipe.format)) {
    Mlp start{Parameters(Mlp::shapes(4, 8, 2))};
    start.initialize(0);
    for (ParameterId id = 0; id < start.parameters().size(); ++id)
      kernels::store(start.parameters()[id].value.const_data_ptr<float>(),
                     model.parameters()[id].stored(), start.parameters()[id].value.numel());
    for (const ParameterId id : frozen) model.parameters()[id].trainable = false;
    bus.observe("log", Role::Sink, 1u << TB_ON_STEP | 1u << TB_ON_EVALUATE, [this](Event& e) {
      for (const tb_scalar& s : e.scalars) {
        const std::string_view name(s.name.data, s.name.size);
        if (name == "loss") losses.push_back(s.value);
        if (name == "eval/loss") evaluations.push_back(s.value);
      }
    });
  }
  static std::map<std::string, std::string> options_of(const Recipe& recipe) {
    auto options = recipe.options;
    options.emplace("lr", "0.05");
    return options;
  }
  TrainResult run(const Recipe& recipe, TrainerOptions options, ReplaySource replay_source = {}) {
    const auto optimizer = testing::make_optimizer("mezo", options_of(recipe));
    const Schedule schedule{ScheduleKind::Linear, optimizer->lr(), 2, steps};
    return Trainer(model, task, *optimizer, schedule, bus, options, hooks, std::move(replay_source))
        .run();
  }
};

TrainerOptions options_of(const Recipe& recipe) {
  return {.max_steps = steps,
          .micro_batches = recipe.micro_batches,
          .eval_every = 5,
          .hash_every = 4,
          .seed = 9};
}

// The device's own copy of the model computes; the run's model is only read and written as a whole.
struct OnDevice {
  Run run;
  std::unique_ptr<device::Backend> backend = testing::tested_backend();
  device::DeviceSteps steps;

  OnDevice(const Recipe& recipe, std::size_t depth, const std::vector<ParameterId>& frozen = {})
      : run(recipe, frozen),
        steps(run.model, testing::make_optimizer("mezo", Run::options_of(recipe))->device_rule(),
              *backend, depth) {
    run.hooks.device = &steps;
  }
};

void check_close(const std::vector<double>& found, const std::vector<double>& expected) {
  BOOST_TEST_REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    BOOST_TEST(found[i] == expected[i], boost::test_tools::tolerance(3e-2));
}

}  // namespace

BOOST_TEST_DECORATOR(*boost::unit_test::precondition(testing::a_backend_is_there))
BOOST_DATA_TEST_CASE(a_run_on_a_device_learns_what_the_run_here_learns,
                     data::make(recipes) * data::make({1, 3}), recipe, depth) {
  Run here(recipe);
  here.run(recipe, options_of(recipe));
  OnDevice there(recipe, static_cast<std::size_t>(depth));
  const TrainResult result = there.run.run(recipe, options_of(recipe));
  BOOST_TEST(result.steps == steps);
  check_close(there.run.losses, here.losses);
  check_close(there.run.evaluations, here.evaluations);
}

BOOST_TEST_DECORATOR(*boost::unit_test::precondition(testing::a_backend_is_there))
BOOST_DATA_TEST_CASE(a_frozen_parameter_stays_as_it_is_on_a_device, data::make(recipes), recipe) {
  Run here(recipe, {0, 3});
  here.run(recipe, options_of(recipe));
  OnDevice there(recipe, 3, {0, 3});
  there.run.run(recipe, options_of(recipe));
  check_close(there.run.losses, here.losses);
  const Run start(recipe);
  for (const Run* run : {&here, &there.run})
    for (ParameterId id = 0; id < start.model.parameters().size(); ++id)
      BOOST_TEST(run->model.parameters()[id].value.equal(start.model.parameters()[id].value) ==
                 (id == 0 || id == 3));
}

BOOST_TEST_DECORATOR(*boost::unit_test::precondition(testing::a_backend_is_there))
BOOST_DATA_TEST_CASE(the_journal_of_a_device_brings_its_parameters_back_here, data::make(recipes),
                     recipe) {
  testing::SimulatedDisk calls;
  const std::unique_ptr<FileSystem> files = make_file_system(calls);
  files->make_folders("/run");
  OnDevice there(recipe, 3);
  {
    journal::Writer writer(*files, "/run/journal", journal::Header{.text = "{}"},
                           journal::Writer::Sync::OnFlush);
    writer.append(journal::Attempt{.number = 1});
    there.run.hooks.journal = &writer;
    there.run.run(recipe, options_of(recipe));
  }
  const journal::Contents contents = journal::read(*files, "/run/journal");
  Run again(recipe);
  again.run(recipe, options_of(recipe), ReplaySource(contents, contents.last_step));
  for (ParameterId id = 0; id < again.model.parameters().size(); ++id) {
    const Parameter &a = again.model.parameters()[id], &b = there.run.model.parameters()[id];
    BOOST_TEST(a.value.equal(b.value), a.name);
    if (a.residual.defined()) BOOST_TEST(a.residual.equal(b.residual), a.name);
  }
}

BOOST_TEST_DECORATOR(*boost::unit_test::precondition(testing::a_backend_is_there))
BOOST_AUTO_TEST_CASE(a_step_is_one_run_of_recorded_work_and_no_wait_but_for_its_numbers) {
  const Recipe recipe;
  OnDevice there(recipe, 3);
  TrainerOptions options = options_of(recipe);
  options.eval_every = options.hash_every = 0;
  there.run.run(recipe, options);
  const device::Counts& counts = there.backend->counts();
  BOOST_TEST(counts.runs == steps);
  BOOST_TEST(counts.recordings == 2u);  // an epoch's last batch is smaller
  BOOST_TEST(counts.copies == 3 * steps);
  // This backend does nothing before it is waited for; a device has mostly done it by then.
  BOOST_TEST(counts.waits <= steps);
}

BOOST_TEST_DECORATOR(*boost::unit_test::precondition(testing::a_backend_is_there))
BOOST_AUTO_TEST_CASE(a_loss_that_is_not_finite_leaves_the_parameters_alone) {
  const Recipe recipe;
  OnDevice there(recipe, 3);
  there.run.model.parameters()[5].value.fill_(INFINITY);  // a bias
  const at::Tensor before = there.run.model.parameters()[0].value.clone();
  const TrainResult result = there.run.run(recipe, options_of(recipe));
  BOOST_TEST(result.skipped == steps);
  BOOST_TEST(there.run.model.parameters()[0].value.equal(before));
}

BOOST_TEST_DECORATOR(*boost::unit_test::precondition(testing::a_backend_is_there))
BOOST_AUTO_TEST_CASE(programs_of_many_shapes_take_turns) {
  const Recipe recipe;
  OnDevice there(recipe, 2);
  there.steps.load(there.run.model.parameters());
  for (std::uint64_t i = 0; i < 80; ++i) {
    Batch batch;
    const auto size = static_cast<std::int64_t>(1 + i % 40);
    batch.features = at::empty({size, 4}).fill_(0.5);
    batch.targets = at::empty({size}, at::kLong).zero_();
    batch.examples = batch.token_count = size;
    there.steps.begin({i, 1, 0.1, {&batch, 1}});
    journal::Step record;
    there.steps.finish(record);
    BOOST_TEST(record.tokens.at(0) == static_cast<std::uint32_t>(size));
    BOOST_TEST(record.losses.size() == 2u);
  }
  BOOST_TEST(there.backend->counts().recordings == 80u);  // 32 are kept, 40 go round
}
