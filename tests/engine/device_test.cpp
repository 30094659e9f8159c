// A run whose steps a device computes ahead of time equals one without a device: the same
// parameters, events, order and journal, however many steps are pending.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cmath>

#include "core/bus/control.hpp"
#include "core/io/error.hpp"
#include "core/io/system_calls.hpp"
#include "core/journal/reader.hpp"
#include "core/journal/writer.hpp"
#include "engine/trainer.hpp"
#include "models/families/mlp.hpp"
#include "support/event_line.hpp"
#include "support/host_device.hpp"
#include "support/plugin_optimizer.hpp"
#include "support/simulated_disk.hpp"
#include "tasks/mlp/mlp_task.hpp"

using namespace trainbus;
namespace data = boost::unit_test::data;

namespace {

constexpr std::uint64_t steps = 13;
using OptionsOf = std::map<std::string, std::string>;
using What = ControlRequest::What;
using NonFinite = TrainerOptions::NonFinite;

const OptionsOf recipes[] = {
    {{"weight-decay", "0.1"}},
    {{"directions", "3"}},
    {{"z", "gaussian"}, {"step-rule", "sign"}},
    {{"step-rule", "clip"}, {"clip", "0.1"}},
};

MlpTask make_task() {
  return MlpTask({.features = 4,
                  .classes = 2,
                  .train_examples = 22,
                  .evaluation_examples = 8,
                  .batch_size = 4,
                  .seed = 5});
}

std::unique_ptr<Mlp> make_model(kernels::Format format = kernels::Format::Float32) {
  auto model = std::make_unique<Mlp>(Parameters(Mlp::shapes(4, 8, 2), format));
  if (format == kernels::Format::Float32) model->initialize(0);
  return model;
}

// One attempt at a run; depth 0: without a device.
struct Attempt {
  MlpTask task = make_task();
  std::unique_ptr<Mlp> model = make_model();
  OptionsOf optimizer_options;
  std::size_t depth;
  TrainerOptions options{.max_steps = steps,
                         .micro_batches = 2,
                         .eval_every = 5,
                         .save_every = 4,
                         .hash_every = 3,
                         .seed = 9};
  ControlDesk desk;
  Bus bus;
  TrainerHooks hooks;
  std::unique_ptr<testing::HostDevice> device;
  std::vector<std::string> told;
  std::vector<std::uint64_t> saved;
  std::vector<at::Tensor> saved_values;

  Attempt(OptionsOf recipe, std::size_t pending_steps)
      : optimizer_options(std::move(recipe)), depth(pending_steps) {
    optimizer_options.emplace("lr", "0.05");
    bus.observe("log", Role::Sink, ~std::uint64_t{0},
                [this](Event& e) { told.push_back(testing::line_of(e)); });
    hooks.control = &desk;
    hooks.save = [this](std::uint64_t step) {
      saved.push_back(step);
      saved_values.push_back(model->parameters()[0].value.clone());
      return "step-" + std::to_string(step);
    };
    if (depth > 0)
      device = std::make_unique<testing::HostDevice>(
          make_model(), testing::make_optimizer("mezo", optimizer_options), depth);
    hooks.device = device.get();
  }
  void ask(EventKind kind, std::uint64_t step, What what) {
    bus.observe("guard", Role::Control, std::uint64_t{1} << static_cast<unsigned>(kind),
                [this, step, what](Event& e) {
                  if (e.step == step) desk.request({what, "guard", "why", e.step});
                });
  }
  // The hook reports from this step's on_step on.
  void interrupt_at(std::uint64_t step) {
    bus.observe("count", Role::Sink, 1u << TB_ON_STEP, [this](Event& e) { seen = e.step; });
    hooks.interrupted = [this, step] { return seen >= step ? "SIGINT" : ""; };
  }
  bool was_told(const std::string& part) const {
    return std::ranges::any_of(
        told, [&](const std::string& line) { return line.find(part) != std::string::npos; });
  }
  TrainResult run(ReplaySource replay_source = {}) {
    const auto optimizer = testing::make_optimizer("mezo", optimizer_options);
    const Schedule schedule{ScheduleKind::Linear, optimizer->lr(), 2, steps};
    return Trainer(*model, task, *optimizer, schedule, bus, options, hooks,
                   std::move(replay_source))
        .run();
  }

 private:
  std::uint64_t seen = 0;
};

void check_equal(const Attempt& a, const Attempt& b) {
  for (ParameterId id = 0; id < a.model->parameters().size(); ++id)
    BOOST_TEST(a.model->parameters()[id].value.equal(b.model->parameters()[id].value),
               a.model->parameters()[id].name);
  BOOST_TEST(a.told == b.told, boost::test_tools::per_element());
  BOOST_TEST(a.saved == b.saved, boost::test_tools::per_element());
  for (std::size_t i = 0; i < std::min(a.saved.size(), b.saved.size()); ++i)
    BOOST_TEST(a.saved_values[i].equal(b.saved_values[i]), "saved at step " << a.saved[i]);
}

struct Disk {
  testing::SimulatedDisk calls;
  std::unique_ptr<FileSystem> files = make_file_system(calls);
  Disk() { files->make_folders("/run"); }

  std::unique_ptr<journal::Writer> begin() {
    auto writer = std::make_unique<journal::Writer>(
        *files, "/run/journal", journal::Header{.text = "{}"}, journal::Writer::Sync::OnFlush);
    writer->append(journal::Attempt{.number = 1});
    return writer;
  }
  // Without what is measured.
  std::vector<journal::Record> records() const {
    std::vector<journal::Record> all = journal::read(*files, "/run/journal").records;
    for (journal::Record& record : all) {
      if (auto* step = std::get_if<journal::Step>(&record)) step->unix_ns = step->duration_ns = 0;
      if (auto* e = std::get_if<journal::Evaluation>(&record)) e->unix_ns = e->duration_ns = 0;
      if (auto* save = std::get_if<journal::Save>(&record)) save->unix_ns = 0;
      if (auto* end = std::get_if<journal::End>(&record)) end->unix_ns = 0;
    }
    return all;
  }
};

std::uint64_t last_step(const Attempt& attempt) {
  return std::stoull(attempt.told.back().substr(attempt.told.back().find(' ')));
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(OptionsOf)
BOOST_TEST_DONT_PRINT_LOG_VALUE(What)
BOOST_TEST_DONT_PRINT_LOG_VALUE(NonFinite)

BOOST_DATA_TEST_CASE(a_run_on_a_device_is_the_run, data::make(recipes) * data::make({1, 2, 5, 100}),
                     recipe, depth) {
  Attempt here(recipe, 0), there(recipe, static_cast<std::size_t>(depth));
  Disk near, far;
  const auto journal = near.begin(), other = far.begin();
  here.hooks.journal = journal.get();
  there.hooks.journal = other.get();
  here.run();
  there.run();
  check_equal(here, there);
  BOOST_TEST((near.records() == far.records()));
  BOOST_TEST(there.device->loads() == 1);
  BOOST_TEST(there.device->most_pending() == std::min<std::size_t>(depth, 3));  // as hashes are due
}

BOOST_DATA_TEST_CASE(as_many_steps_are_pending_as_the_device_takes, data::make({1, 2, 5, 100}),
                     depth) {
  Attempt here({}, 0), there({}, static_cast<std::size_t>(depth));
  for (Attempt* attempt : {&here, &there})
    attempt->options = {.max_steps = steps, .hash_every = 0, .seed = 9};
  here.run();
  there.run();
  check_equal(here, there);
  BOOST_TEST(there.device->most_pending() == std::min<std::uint64_t>(depth, steps));
}

// Pending steps cannot be taken back: a request is applied when they are done.
BOOST_DATA_TEST_CASE(a_request_is_applied_after_the_pending_steps,
                     data::make({What::Stop, What::Save, What::Evaluate}) * data::make({1, 3}),
                     what, depth) {
  Attempt there({}, static_cast<std::size_t>(depth));
  there.options = {.max_steps = steps, .hash_every = 0, .seed = 9};
  there.ask(EventKind::Step, 4, what);
  const TrainResult result = there.run();
  const std::uint64_t applied = 4 + static_cast<std::uint64_t>(depth) - 1;
  const std::string at = " " + std::to_string(applied) + " ";
  BOOST_TEST(result.steps == (what == What::Stop ? applied : steps));
  BOOST_TEST(there.was_told(at + "on_save") == (what == What::Save));
  BOOST_TEST(there.was_told(at + "on_evaluate") == (what == What::Evaluate));
  // What was saved is θ of that step, as another run has it.
  Attempt shorter({}, 0);
  shorter.options = {.max_steps = applied, .hash_every = 0, .seed = 9};
  shorter.run();
  if (what == What::Save)
    BOOST_TEST(there.saved_values.at(0).equal(shorter.model->parameters()[0].value));
  if (what == What::Stop)
    BOOST_TEST(there.model->parameters()[0].value.equal(shorter.model->parameters()[0].value));
}

BOOST_DATA_TEST_CASE(a_checkpoint_asked_for_by_a_signal_waits_for_the_pending_steps,
                     data::make({1, 3}), depth) {
  Attempt there({}, static_cast<std::size_t>(depth));
  there.options = {.max_steps = steps, .hash_every = 0, .seed = 9};
  int polls = 0;
  there.hooks.save_wanted = [&polls] { return ++polls == 4; };
  there.run();
  BOOST_TEST(there.saved == std::vector<std::uint64_t>{4 + static_cast<std::uint64_t>(depth) - 1},
             boost::test_tools::per_element());
}

// An interrupt after any number of steps, then a resume: the result equals an uninterrupted run's,
// whether a device computes the remaining steps or not.
BOOST_DATA_TEST_CASE(an_interrupted_run_on_a_device_goes_on,
                     data::xrange(std::uint64_t{1}, steps) * data::make({0, 3}), k, then) {
  Attempt whole({}, 0);
  whole.run();
  Disk disk;
  {
    Attempt first({}, 3);
    const auto journal = disk.begin();
    first.hooks.journal = journal.get();
    first.interrupt_at(k);
    const TrainResult result = first.run();
    BOOST_TEST(result.steps >= k);
    BOOST_TEST(result.steps <= k + 2);
    BOOST_TEST(last_step(first) == result.steps);
  }
  const journal::Contents contents = journal::read(*disk.files, "/run/journal");
  Attempt second({}, static_cast<std::size_t>(then));
  journal::Writer writer(*disk.files, "/run/journal", contents, journal::Writer::Sync::OnFlush);
  second.hooks.journal = &writer;
  ReplaySource replay_source(contents, contents.last_step);
  writer.append(journal::Attempt{.number = 2, .resumed_step = contents.last_step});
  second.run(std::move(replay_source));
  for (ParameterId id = 0; id < whole.model->parameters().size(); ++id)
    BOOST_TEST(second.model->parameters()[id].value.equal(whole.model->parameters()[id].value));
}

BOOST_DATA_TEST_CASE(a_loss_that_is_not_finite_skips_the_step_on_a_device_too,
                     data::make({NonFinite::Skip, NonFinite::Stop}), policy) {
  Attempt here({}, 0), there({}, 3);
  for (Attempt* attempt : {&here, &there}) {
    attempt->model->parameters()[5].value.fill_(INFINITY);  // a bias
    attempt->options.hash_every = attempt->options.eval_every = attempt->options.save_every = 0;
    attempt->options.on_nonfinite = policy;
  }
  const TrainResult near = here.run(), far = there.run();
  BOOST_TEST(near.skipped > 0u);
  if (policy == NonFinite::Skip) {
    check_equal(here, there);
  } else {
    BOOST_TEST((far.end == TrainResult::End::Stopped));
    BOOST_TEST(far.steps == near.steps + 2);
  }
}

BOOST_AUTO_TEST_CASE(what_a_device_cannot_do_alone_is_refused_by_its_option) {
  const auto refusal = [](const OptionsOf& options) -> std::string {
    try {
      testing::make_optimizer("mezo", options)->device_rule();
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  };
  BOOST_TEST(refusal({}) == "");
  BOOST_TEST(refusal({{"step-rule", "clip"}, {"clip", "0.1"}}) == "");
  for (const auto& [option, value] : OptionsOf{{"rng", "torch"},
                                               {"weights", "low-rank"},
                                               {"weights ", "cache"},
                                               {"sparsity", "0.5"},
                                               {"step-rule", "adaptive"},
                                               {"step-rule ", "clip"},
                                               {"step-rule  ", "deviation"}}) {
    const std::string name = option.substr(0, option.find(' '));
    const std::string text = refusal({{name, value}});
    BOOST_TEST(text.find("mezo.") != std::string::npos, name << ": " << text);
    BOOST_TEST(text.find("train on the CPU") != std::string::npos, text);
  }
  BOOST_TEST(refusal({{"directions", "4"}}) == "");
  BOOST_TEST(refusal({{"directions", "4"}, {"shares", "yes"}}).find("mezo.shares") !=
             std::string::npos);
  BOOST_TEST(refusal({{"directions", "4"}, {"sides", "plus"}}).find("mezo.sides") !=
             std::string::npos);
  BOOST_CHECK_THROW(testing::make_optimizer("adamw", {})->device_rule(), UsageError);
}
