// A run as the plugin sees it, with a clock of the test's own.
#pragma once

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <trainbus/plugin_testing.hpp>

#include "support/pseudo_terminal.hpp"

namespace progress_testing {

using trainbus::testing::Environment;
using trainbus::testing::EventBuilder;
using trainbus::testing::FakeHost;
using trainbus::testing::Instance;

inline constexpr std::int64_t kSecond = 1'000'000'000;
inline const tb_observer& observer = *trainbus_module_v1.observers[0];

inline EventBuilder at(std::uint32_t kind, double seconds) {
  return EventBuilder(kind).run_ns(static_cast<std::int64_t>(seconds * kSecond));
}

struct Run {
  Environment disable{"TQDM_DISABLE", nullptr}, interval{"TQDM_MININTERVAL", nullptr},
      columns{"TQDM_NCOLS", nullptr}, ascii{"TQDM_ASCII", nullptr};  // of who runs the tests
  FakeHost host{observer};
  std::unique_ptr<Instance> plugin;

  Run() {
    host.set("min-interval", "0.1");  // canonical: seconds
    host.terminal.columns = 100;
  }
  Instance& instance() {
    if (!plugin) plugin = std::make_unique<Instance>(observer, host);
    return *plugin;
  }
  void publish(const EventBuilder& event) {
    Instance& observed = instance();
    BOOST_TEST(observed.publish(event), observed.failure);
  }
  void begin(double total = 1000, double initial = 0) {
    publish(at(TB_ON_TRAIN_BEGIN, 0).set("total_steps", total).set("initial_step", initial));
  }
  void step(std::uint64_t n, double seconds, double loss = 2.3456, double lr = 1e-4) {
    publish(at(TB_ON_STEP, seconds).step(n).set("loss", loss).set("lr", lr));
  }
  std::string line(std::uint32_t row = 0) { return host.terminal.live[row]; }
};

}  // namespace progress_testing
