// Observers do not change results: the same training without any and with each of them, in every
// kind of delivery, ends with the same weights, bit for bit.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>

#include <cstring>

#include "core/host/isolate/isolated_observer.hpp"
#include "core/host/plugin_observer.hpp"
#include "core/io/terminal.hpp"
#include "engine/trainer.hpp"
#include "models/families/mlp.hpp"
#include "support/captured_log.hpp"
#include "support/plugin_optimizer.hpp"
#include "support/test_paths.hpp"
#include "tasks/mlp/mlp_task.hpp"

using namespace trainbus;

namespace {

enum class Way { Inline, Thread, Isolated };
const char* const way_names[] = {"inline", "on the bus thread", "in processes of their own"};

const std::string good = TRAINBUS_BINARY_DIR "/plugins/", bad = TRAINBUS_BINARY_DIR "/bad_plugins/";

struct Setting {
  const char* name;
  Way way;
  std::vector<std::string> plugins;  // files without .so
};

// Only an observer in its own process cannot do process-wide harm.
const Setting settings[] = {
    {"the in-tree ones",
     Way::Inline,
     {good + "ema", good + "progress", good + "csv", good + "tensorboard", good + "jsonl"}},
    {"the in-tree ones",
     Way::Thread,
     {good + "ema", good + "progress", good + "csv", good + "tensorboard", good + "jsonl"}},
    {"the in-tree ones",
     Way::Isolated,
     {good + "ema", good + "progress", good + "csv", good + "tensorboard", good + "jsonl"}},
    {"bad ones",
     Way::Inline,
     {bad + "throws", bad + "throws_int", bad + "event_fails", bad + "fast_math",
      bad + "sets_locale"}},
    {"bad ones",
     Way::Thread,
     {bad + "throws", bad + "throws_int", bad + "event_fails", bad + "fast_math",
      bad + "sets_locale"}},
    {"the worst",
     Way::Isolated,
     {bad + "crashes", bad + "aborts", bad + "calls_exit", bad + "throws", bad + "fast_math",
      bad + "sets_locale"}},
};
std::ostream& operator<<(std::ostream& out, const Setting& s) {
  return out << s.name << ' ' << way_names[static_cast<int>(s.way)];
}

void add(Bus& bus, const Setting& setting, const HostServices& services) {
  for (const std::string& file : setting.plugins) {
    const Plugin& plugin = Catalog().load(file + ".so");
    const OptionValues options(plugin.id, plugin.options());
    if (setting.way == Way::Isolated)
      bus.add(make_isolated_observer(plugin, plugin.id, options, services));
    else
      bus.add(make_plugin_observer(plugin, plugin.id, options, services));
  }
}

// The weights after 40 steps with evaluations, saves and histograms.
std::vector<float> train(const std::string& optimizer_id, const Setting* setting) {
  const testing::ScratchFolder folder;
  Terminal screen(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  const MlpTask task({.features = 6,
                      .classes = 3,
                      .train_examples = 64,
                      .evaluation_examples = 16,
                      .batch_size = 8});
  Mlp model(Parameters(Mlp::shapes(6, 16, 3)));
  model.initialize(3);
  const auto optimizer = testing::make_optimizer(optimizer_id, {{"lr", "0.01"}});
  Bus::Options options;
  if (setting && setting->way == Way::Thread) options.delivery = Bus::Delivery::Thread;
  Bus bus(options);
  if (setting) add(bus, *setting, {folder.path(), file_system(), screen});
  TrainerHooks hooks;
  hooks.save = [](std::uint64_t step) { return std::to_string(step); };
  Trainer(model, task, *optimizer, {.kind = ScheduleKind::Constant, .lr = 0.01}, bus,
          {.max_steps = 40,
           .micro_batches = 2,
           .eval_every = 10,
           .save_every = 20,
           .histogram_every = 8,
           .seed = 5},
          hooks)
      .run();
  std::vector<float> weights;
  for (const Parameter& parameter : model.parameters()) {
    const float* values = parameter.value.const_data_ptr<float>();
    weights.insert(weights.end(), values, values + parameter.value.numel());
  }
  return weights;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace

BOOST_DATA_TEST_CASE(weights_are_the_same_to_the_bit_whoever_watches,
                     boost::unit_test::data::make(settings), setting) {
  const testing::CapturedLog log;
  for (const char* optimizer : {"mezo", "adamw"})
    BOOST_TEST(same_bits(train(optimizer, &setting), train(optimizer, nullptr)));
}

BOOST_AUTO_TEST_CASE(the_comparison_would_see_a_difference) {
  BOOST_TEST(!same_bits(train("mezo", nullptr), train("adamw", nullptr)));
}
