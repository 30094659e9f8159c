// A frozen parameter never moves a bit, and the others move as if all were trainable.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "core/bus/bus.hpp"
#include "core/io/error.hpp"
#include "core/io/system_calls.hpp"
#include "core/journal/reader.hpp"
#include "core/journal/writer.hpp"
#include "engine/fingerprint.hpp"
#include "engine/trainer.hpp"
#include "models/families/mlp.hpp"
#include "support/host_device.hpp"
#include "support/plugin_optimizer.hpp"
#include "support/simulated_disk.hpp"
#include "tasks/mlp/mlp_task.hpp"

using namespace trainbus;
namespace data = boost::unit_test::data;

namespace {

using Options = std::map<std::string, std::string>;
struct Recipe {
  const char* optimizer;
  Options options;
};
std::ostream& operator<<(std::ostream& out, const Recipe& recipe) {
  out << recipe.optimizer;
  for (const auto& [name, value] : recipe.options) out << ' ' << name << '=' << value;
  return out;
}
const Recipe recipes[] = {
    {"mezo", {{"weight-decay", "0.1"}}},
    {"mezo", {{"weights", "cache"}}},
    {"mezo", {{"weights", "scratch"}}},
    {"mezo", {{"weights", "low-rank"}}},
    {"mezo", {{"rng", "torch"}, {"weight-decay", "0.1"}}},
    {"mezo", {{"z", "gaussian"}, {"directions", "3"}}},
    {"mezo", {{"directions", "3"}, {"shares", "yes"}}},
    {"mezo", {{"sparsity", "0.5"}}},
    {"sgd", {{"momentum", "0.9"}, {"weight-decay", "0.1"}}},
    {"adamw", {{"weight-decay", "0.1"}}},
};

constexpr ParameterId frozen[] = {0, 3};

bool is_frozen(ParameterId id) { return id == frozen[0] || id == frozen[1]; }

std::unique_ptr<Mlp> make_model(bool freezes = true) {
  auto model = std::make_unique<Mlp>(Parameters(Mlp::shapes(4, 8, 2)));
  model->initialize(0);
  if (freezes)
    for (const ParameterId id : frozen) model->parameters()[id].trainable = false;
  return model;
}

MlpTask make_task() {
  return MlpTask({.features = 4, .train_examples = 22, .evaluation_examples = 8, .batch_size = 4});
}

void run(Mlp& model, const Recipe& recipe, TrainerHooks hooks = {}, ReplaySource replay_source = {},
         std::uint64_t steps = 9) {
  Options options = recipe.options;
  options.emplace("lr", "0.05");
  const auto optimizer = testing::make_optimizer(recipe.optimizer, options);
  const MlpTask task = make_task();
  Bus nobody;
  Trainer(model, task, *optimizer, Schedule{ScheduleKind::Constant, 0.05}, nobody,
          {.max_steps = steps, .micro_batches = 2, .hash_every = 2, .seed = 3}, std::move(hooks),
          std::move(replay_source))
      .run();
}

void check_moves(const Mlp& model) {
  const auto start = make_model();
  for (ParameterId id = 0; id < model.parameters().size(); ++id)
    BOOST_TEST(model.parameters()[id].value.equal(start->parameters()[id].value) == is_frozen(id),
               model.parameters()[id].name);
}

void check_equal(const Mlp& a, const Mlp& b) {
  for (ParameterId id = 0; id < a.parameters().size(); ++id)
    BOOST_TEST(a.parameters()[id].value.equal(b.parameters()[id].value), a.parameters()[id].name);
}

}  // namespace

BOOST_DATA_TEST_CASE(a_frozen_parameter_never_moves_a_bit, data::make(recipes), recipe) {
  const auto model = make_model();
  run(*model, recipe);
  check_moves(*model);
}

BOOST_DATA_TEST_CASE(a_replayed_run_leaves_it_alone_too, data::make(recipes), recipe) {
  if (std::string(recipe.optimizer) != "mezo") return;
  testing::SimulatedDisk calls;
  const auto files = make_file_system(calls);
  files->make_folders("/run");
  const auto whole = make_model(), resumed = make_model();
  {
    journal::Writer writer(*files, "/run/journal", journal::Header{.text = "{}"},
                           journal::Writer::Sync::OnFlush);
    writer.append(journal::Attempt{.number = 1});
    TrainerHooks hooks;
    hooks.journal = &writer;
    run(*whole, recipe, hooks);
  }
  const journal::Contents contents = journal::read(*files, "/run/journal");
  run(*resumed, recipe, {}, ReplaySource(contents, contents.last_step));
  check_equal(*whole, *resumed);
  check_moves(*resumed);
}

BOOST_AUTO_TEST_CASE(a_device_leaves_it_alone_too) {
  const Recipe& recipe = recipes[0];
  const auto here = make_model(), there = make_model();
  Options options = recipe.options;
  options.emplace("lr", "0.05");
  testing::HostDevice device(make_model(), testing::make_optimizer("mezo", options), 3);
  TrainerHooks hooks;
  hooks.device = &device;
  run(*here, recipe);
  run(*there, recipe, hooks);
  check_equal(*here, *there);
  check_moves(*there);
}

// The first update of the others, at the same coefficient, is along the same z.
BOOST_AUTO_TEST_CASE(z_of_a_trainable_parameter_does_not_depend_on_the_frozen_ones) {
  const auto some = make_model(), all = make_model(false);
  for (Mlp* model : {some.get(), all.get()}) {
    const CounterDirection z(kernels::Direction{7, 3, 0, kernels::Distribution::Rademacher});
    const Direction::Term terms[] = {{&z, 0.25f}};
    update_parameters(model->parameters(), terms, 0);
  }
  for (ParameterId id = 0; id < all->parameters().size(); ++id)
    BOOST_TEST(some->parameters()[id].value.equal(all->parameters()[id].value) == !is_frozen(id));
}

BOOST_AUTO_TEST_CASE(fingerprints_tell_what_is_frozen_and_are_the_old_ones_without) {
  const auto some = make_model(), all = make_model(false);
  BOOST_TEST((fingerprint(some->parameters()) != fingerprint(all->parameters())));
  BOOST_TEST(layout_fingerprint(some->parameters()) != layout_fingerprint(all->parameters()));
  BOOST_TEST((trainable_fingerprint(all->parameters()) == fingerprint(all->parameters())));
  const auto before = trainable_fingerprint(some->parameters());
  some->parameters()[frozen[0]].value.add_(1);
  BOOST_TEST((trainable_fingerprint(some->parameters()) == before));
  some->parameters()[1].value.add_(1);
  BOOST_TEST((trainable_fingerprint(some->parameters()) != before));
}

BOOST_AUTO_TEST_CASE(a_model_that_is_frozen_as_a_whole_is_refused) {
  const auto model = make_model();
  for (Parameter& parameter : model->parameters()) parameter.trainable = false;
  BOOST_CHECK_THROW(run(*model, recipes[0]), UsageError);
}
