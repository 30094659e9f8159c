// The observers of a run on its bus: which, in which order, and in which process.
#include "core/plan/run_observers.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>

#include "core/io/error.hpp"
#include "core/io/terminal.hpp"
#include "support/captured_log.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {
namespace {

const std::filesystem::path plugin_folder = TRAINBUS_BINARY_DIR "/plugins";

struct RunObserversFixture {
  ScratchFolder folder;
  Terminal screen{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  CapturedLog log;
  Bus bus;

  PluginInstance instance(const std::string& id, const std::string& name) {
    const Plugin& plugin = Catalog().load((plugin_folder / (id + ".so")).string());
    std::vector<Option> options = plugin.options();
    options.push_back({"isolate", "bool", "no", "in a process of its own"});
    return {name, "test", &plugin, OptionValues(name, options)};
  }
  void add(const std::vector<PluginInstance>& plugins) {
    add_observers(bus, plugins, {folder.path(), file_system(), screen});
  }
};

BOOST_FIXTURE_TEST_SUITE(run_observers_test, RunObserversFixture)

BOOST_AUTO_TEST_CASE(instances_are_on_the_bus_by_name_and_an_optimizer_is_passed_over) {
  static const Plugin optimizer{.kind = Plugin::Kind::Engine, .id = "toy", .file = {}};
  add({instance("csv", "table"), {"toy", "test", &optimizer, {}}, instance("ema", "slow")});
  const std::vector<std::string> expected = {"slow", "table"};  // metric observers come first
  BOOST_TEST(bus.names() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_that_is_to_be_isolated_lives_in_a_process_of_its_own) {
  PluginInstance own = instance("ema", "own"), here = instance("ema", "here");
  own.options.set("isolate", "yes", "test");
  add({own, here});
  const std::vector<ObserverReport> report = bus.report();
  BOOST_REQUIRE(report.size() == 2u);
  BOOST_TEST(report[0].delivery == "isolated");
  BOOST_TEST(report[1].delivery == "inline");
}

BOOST_AUTO_TEST_CASE(two_of_one_name_are_refused_and_the_first_stays) {
  BOOST_CHECK_THROW(add({instance("ema", "loss"), instance("csv", "loss")}), UsageError);
  BOOST_TEST(bus.names().size() == 1u);
  BOOST_TEST((bus.find("loss")->role() == Role::Metric));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus::testing
