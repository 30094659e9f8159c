// The bus's cost on the training thread: microseconds per step for 0, 1, 4 and 20 observers, called
// inline and by the bus thread, compared with a bare Boost.Signals2 signal; with the four in-tree
// observers; and the bar alone when it does not draw.
#include <fcntl.h>
#include <boost/signals2/signal.hpp>

#include "bar_call.hpp"
#include "core/bus/bus.hpp"
#include "core/host/catalog.hpp"
#include "core/host/plugin_observer.hpp"
#include "core/io/file_system.hpp"
#include "core/io/terminal.hpp"
#include "engine/metric_names.hpp"
#include "engine/publisher.hpp"
#include "support/test_paths.hpp"
#include "table.hpp"

using namespace trainbus;

namespace {

constexpr int steps = 2000, rounds = 11;
constexpr auto mathematics = std::chrono::microseconds(400);  // of a step: the bus thread's time
const int quiet = ::open("/dev/null", O_WRONLY | O_CLOEXEC);  // the bar goes there

using Clock = std::chrono::steady_clock;

double microseconds(Clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

void compute() {
  for (const auto end = Clock::now() + mathematics; Clock::now() < end;) continue;
}

// All events of a MeZO step, made and published as the trainer does.
void publish_step(Publisher& publisher, std::uint64_t step) {
  publisher.position().step = step;
  const auto value = static_cast<double>(step);
  publisher.publish(EventKind::StepBegin, {{metric::lr, 1e-6}});
  for (const double side : {1.0, -1.0})
    publisher.publish(EventKind::Forward, {{metric::loss, value},
                                           {metric::side, side},
                                           {metric::micro, 0},
                                           {metric::micro_count, 1},
                                           {metric::tokens, 512},
                                           {metric::forwards, value}});
  publisher.publish(EventKind::OptimizerStep, {{metric::projected_grad, value}});
  publisher.publish(EventKind::Step, {{metric::loss, value},
                                      {metric::lr, 1e-6},
                                      {metric::loss_plus, value},
                                      {metric::loss_minus, value},
                                      {metric::projected_grad, value},
                                      {metric::tokens_per_s, value},
                                      {metric::forwards, value},
                                      {metric::skipped, 0},
                                      {metric::skipped_steps, 0}});
}

// The mean over all steps of the time that the training thread spends publishing, including the
// rare steps that pay for wake-ups and a full queue.
double publish_us(Bus& bus) {
  Publisher publisher(bus);
  publisher.start();
  Event& begin_event = publisher.begin(EventKind::TrainBegin);
  begin_event.set(metric::total_steps, steps);
  for (const std::string& name : bus.metrics()) begin_event.metrics.push_back(intern(name));
  publisher.publish();
  Clock::duration spent{};
  for (int step = 1; step <= steps; ++step) {
    compute();
    const auto begin = Clock::now();
    publish_step(publisher, static_cast<std::uint64_t>(step));
    spent += Clock::now() - begin;
  }
  publisher.publish(EventKind::TrainEnd, {}, "completed");
  return microseconds(spent) / steps;
}

template <class Measure>
double median_of_rounds(const Measure& measure) {
  std::vector<double> all;
  for (int round = 0; round < rounds; ++round) all.push_back(measure());
  return bench::median(all);
}

double with_functions(int count, Bus::Delivery delivery) {
  Bus::Options options;
  options.delivery = delivery;
  Bus bus(options);
  std::uint64_t sum = 0;
  for (int i = 0; i < count; ++i)
    bus.observe("f" + std::to_string(i), Role::Sink, ~std::uint64_t{0},
                [&sum](Event& event) { sum += event.step; });
  return publish_us(bus);
}

double with_plugins(Bus::Delivery delivery) {
  const testing::ScratchFolder folder;
  Terminal screen(quiet);
  Bus::Options options;
  options.delivery = delivery;
  Bus bus(options);
  Catalog catalog({TRAINBUS_BINARY_DIR "/plugins"});
  for (const char* id : {"ema", "progress", "csv", "tensorboard"}) {
    const Plugin& plugin = catalog.load(id);
    bus.add(make_plugin_observer(plugin, id, OptionValues(id, plugin.options()),
                                 {folder.path(), file_system(), screen}));
  }
  return publish_us(bus);
}

// Five emits, as many as a step has events.
double bare_signal(int count) {
  boost::signals2::signal<void(Event&)> signal;
  std::uint64_t sum = 0;
  for (int i = 0; i < count; ++i) signal.connect([&sum](Event& event) { sum += event.step; });
  Event event;
  Clock::duration spent{};
  for (int step = 1; step <= steps; ++step) {
    compute();
    const auto begin = Clock::now();
    for (int i = 0; i < 5; ++i) signal(event);
    spent += Clock::now() - begin;
  }
  return microseconds(spent) / steps;
}

void bar_without_a_draw(bench::Results& results) {
  const Plugin& plugin = Catalog({TRAINBUS_BINARY_DIR "/plugins"}).load("progress");
  std::vector<double> step, forward, empty;
  for (int round = 0; round < rounds; ++round) {
    const bench::BarCall call = bench::bar_call(*plugin.observer);
    step.push_back(call.step_ns);
    forward.push_back(call.forward_ns);
    empty.push_back(call.empty_ns);
  }
  results.add("bar, on_step with no draw due (goal: 5)", bench::median(step), "ns");
  results.add("bar, on_forward with no draw due (goal: 5)", bench::median(forward), "ns");
  results.add("  an empty C function, called the same way", bench::median(empty), "ns");
}

}  // namespace

int main(int argc, char** argv) {
  bench::Results results(argc, argv);
  for (const int count : {0, 1, 4, 20}) {
    const std::string n = std::to_string(count);
    results.add("bare Signals2, 5 emits to " + n + " slots",
                median_of_rounds([&] { return bare_signal(count); }), "us");
    results.add(n + " observers inline, a step",
                median_of_rounds([&] { return with_functions(count, Bus::Delivery::Inline); }),
                "us");
    results.add(n + " observers on the bus thread, a step",
                median_of_rounds([&] { return with_functions(count, Bus::Delivery::Thread); }),
                "us");
  }
  results.add("ema, progress, csv, tensorboard inline, a step",
              median_of_rounds([] { return with_plugins(Bus::Delivery::Inline); }), "us");
  results.add("the same on the bus thread (goal: 2)",
              median_of_rounds([] { return with_plugins(Bus::Delivery::Thread); }), "us");
  bar_without_a_draw(results);
}
