// A plugin that was built from the frozen 1.0 header, driven by today's structs.
#include <boost/test/unit_test.hpp>
#include <trainbus/plugin_testing.hpp>

#include "module.hpp"

using trainbus::testing::EventBuilder;
using trainbus::testing::FakeHost;
using trainbus::testing::Instance;

namespace {

const tb_observer& old_observer() {
  static void* library = load(built("abi_plugins", "old_plugin"));
  BOOST_TEST_REQUIRE(library != nullptr);
  return *module_of(library)->observers[0];
}

EventBuilder step(double loss) {
  return EventBuilder(TB_ON_STEP).step(1).set("lr", 1).set("loss", loss);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_plugin_of_1_0_runs_and_reports_its_failures) {
  FakeHost host(old_observer());
  host.set("scale", "2");
  Instance instance(old_observer(), host);
  BOOST_TEST(host.logged("created") == 1u);
  BOOST_TEST(instance.publish(step(1.5)));
  BOOST_TEST(instance.emitted_value("sum").value() == 3.0);
  BOOST_TEST(!instance.publish(step(-10)));
  BOOST_TEST(instance.failure == "the sum is negative");
}

BOOST_AUTO_TEST_CASE(the_state_of_a_plugin_of_1_0_is_saved_and_restored) {
  FakeHost host(old_observer());
  Instance before(old_observer(), host), after(old_observer(), host);
  before.publish(step(5));
  after.load_state(before.save_state());
  after.publish(step(1));
  BOOST_TEST(after.emitted_value("sum").value() == 6.0);
  BOOST_CHECK_THROW(after.load_state("short"), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_plugin_of_1_0_takes_an_event_and_a_host_that_grew) {
  struct NewerEvent : tb_event {
    double appended[8];
  } event{};
  EventBuilder builder = step(4);
  static_cast<tb_event&>(event) = builder.build();
  event.size = sizeof event;
  FakeHost host(old_observer());
  Instance instance(old_observer(), host);
  BOOST_TEST(instance.publish(event));
  BOOST_TEST(instance.emitted_value("sum").value() == 4.0);
}

BOOST_AUTO_TEST_CASE(a_plugin_of_1_0_is_never_called_for_kinds_it_did_not_know) {
  FakeHost host(old_observer());
  Instance instance(old_observer(), host);
  EventBuilder later(40);
  later.set("loss", 7);
  BOOST_TEST(instance.publish(later));
  BOOST_TEST(instance.emitted.empty());
}
