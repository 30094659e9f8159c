// The cost of logging: steps of a trivial model with ema, progress, csv and tensorboard, as in the
// launcher, and without.
#include <ATen/Parallel.h>
#include <fcntl.h>

#include <map>

#include "core/bus/bus.hpp"
#include "core/host/plugin_observer.hpp"
#include "core/io/file_system.hpp"
#include "core/io/terminal.hpp"
#include "engine/trainer.hpp"
#include "models/families/mlp.hpp"
#include "support/plugin_optimizer.hpp"
#include "support/test_paths.hpp"
#include "table.hpp"
#include "tasks/mlp/mlp_task.hpp"

using namespace trainbus;

namespace {

constexpr std::uint64_t steps = 1000;
const int quiet = ::open("/dev/null", O_WRONLY | O_CLOEXEC);  // the bar goes there

// Microseconds a step inside each observer, on the bus thread, as the bus measured them.
std::map<std::string, std::vector<double>> spent;

// Microseconds a step.
double run(const std::vector<std::string>& observers) {
  const testing::ScratchFolder folder;
  const MlpTask task({.features = 8, .classes = 2, .train_examples = 64, .batch_size = 1});
  Mlp model(Parameters(Mlp::shapes(8, 2, 2)));
  model.initialize(1);
  const auto mezo = testing::make_optimizer("mezo", {{"lr", "1e-3"}});
  Catalog catalog({TRAINBUS_BINARY_DIR "/plugins"});
  Terminal screen(quiet);
  Bus::Options options;
  options.delivery = Bus::Delivery::Thread;
  Bus bus(options);
  for (const std::string& id : observers) {
    const Plugin& plugin = catalog.load(id);
    bus.add(make_plugin_observer(plugin, id, OptionValues(id, plugin.options()),
                                 {folder.path(), file_system(), screen}));
  }
  Trainer trainer(model, task, *mezo, {.kind = ScheduleKind::Constant, .lr = 1e-3}, bus,
                  {.max_steps = steps});
  const double seconds = trainer.run().seconds;
  for (const ObserverReport& report : bus.report())
    spent[report.name].push_back(static_cast<double>(report.total_ns) * 1e-3 / steps);
  return seconds / steps * 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  at::set_num_threads(1);  // a trivial model: two threads would only wait for each other
  bench::Results results(argc, argv);
  const std::vector<std::string> all = {"ema", "progress", "csv", "tensorboard"};
  std::vector<double> bare, full, difference;
  run(all);  // warm-up
  for (int round = 0; round < 41; ++round) {
    bare.push_back(run({}));
    full.push_back(run(all));
    difference.push_back(full.back() - bare.back());
  }
  results.add("bare MeZO step of a trivial model", bench::median(bare), "us");
  results.add("the same with ema, progress, csv and tensorboard", bench::median(full), "us");
  results.add("overhead of logging, median of paired differences", bench::median(difference), "us");
  for (const auto& [id, inside] : spent) results.add("  inside " + id, bench::median(inside), "us");
}
