// A plugin that was built from the frozen 1.0 header, by several compilers and in two languages,
// driven by today's structs.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <iterator>
#include <sstream>
#include <trainbus/plugin_testing.hpp>

#include "module.hpp"

using trainbus::testing::EventBuilder;
using trainbus::testing::FakeHost;
using trainbus::testing::Instance;

namespace {

std::vector<std::string> old_plugins() {
  std::istringstream names(OLD_PLUGINS);
  return {std::istream_iterator<std::string>(names), {}};
}
const auto each_old_plugin = boost::unit_test::data::make(old_plugins());

const tb_observer& observer_of(const std::string& name) {
  void* library = load(built("abi_plugins", name.c_str()));
  BOOST_TEST_REQUIRE(library != nullptr, dlerror());
  return *module_of(library)->observers[0];
}

EventBuilder step(double loss) {
  return EventBuilder(TB_ON_STEP).step(1).set("lr", 1).set("loss", loss);
}

}  // namespace

BOOST_DATA_TEST_CASE(a_plugin_of_1_0_runs_and_reports_its_failures, each_old_plugin, name) {
  const tb_observer& observer = observer_of(name);
  FakeHost host(observer);
  host.set("scale", "2");
  Instance instance(observer, host);
  BOOST_TEST(host.logged("created") == 1u);
  BOOST_TEST(instance.publish(step(1.5)));
  BOOST_TEST(instance.emitted_value("sum").value() == 3.0);
  BOOST_TEST(!instance.publish(step(-10)));
  BOOST_TEST(instance.failure == "the sum is negative");
}

BOOST_DATA_TEST_CASE(the_state_of_a_plugin_of_1_0_is_saved_and_restored, each_old_plugin, name) {
  const tb_observer& observer = observer_of(name);
  FakeHost host(observer);
  Instance before(observer, host), after(observer, host);
  before.publish(step(5));
  after.load_state(before.save_state());
  after.publish(step(1));
  BOOST_TEST(after.emitted_value("sum").value() == 6.0);
  BOOST_CHECK_THROW(after.load_state("short"), std::runtime_error);
}

BOOST_DATA_TEST_CASE(a_plugin_of_1_0_takes_an_event_and_a_host_that_grew, each_old_plugin, name) {
  const tb_observer& observer = observer_of(name);
  struct NewerEvent : tb_event {
    double appended[8];
  } event{};
  EventBuilder builder = step(4);
  static_cast<tb_event&>(event) = builder.build();
  event.size = sizeof event;
  FakeHost host(observer);
  Instance instance(observer, host);
  BOOST_TEST(instance.publish(event));
  BOOST_TEST(instance.emitted_value("sum").value() == 4.0);
}

BOOST_DATA_TEST_CASE(a_plugin_of_1_0_is_never_called_for_kinds_it_did_not_know, each_old_plugin,
                     name) {
  const tb_observer& observer = observer_of(name);
  FakeHost host(observer);
  Instance instance(observer, host);
  EventBuilder later(40);
  later.set("loss", 7);
  BOOST_TEST(instance.publish(later));
  BOOST_TEST(instance.emitted.empty());
}
