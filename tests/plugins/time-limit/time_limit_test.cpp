#include <boost/test/unit_test.hpp>
#include <trainbus/plugin_testing.hpp>

#include <string>

using trainbus::testing::EventBuilder;
using trainbus::testing::FakeHost;
using trainbus::testing::Instance;

namespace {

const tb_observer& observer = *trainbus_module_v1.observers[0];

EventBuilder step_after_ms(std::int64_t ms) {
  return EventBuilder(TB_ON_STEP).run_ns(ms * 1'000'000);
}

std::string reason_of(const std::string& limit) {
  FakeHost host(observer);
  host.set("limit", limit);
  Instance guard(observer, host);
  guard.publish(step_after_ms(1'000'000'000));
  return host.requests.size() == 1 ? host.requests[0].reason : "";
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_first_step_that_is_done_after_the_limit_stops_the_run) {
  FakeHost host(observer);
  host.set("limit", "1m");
  Instance guard(observer, host);
  guard.publish(step_after_ms(59'999));
  BOOST_TEST(host.requests.empty());
  guard.publish(step_after_ms(60'000));
  BOOST_TEST_REQUIRE(host.requests.size() == 1u);
  BOOST_TEST(host.requests[0].what == TB_REQUEST_STOP);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_is_asked_for_on_request) {
  FakeHost host(observer);
  host.set("limit", "1s").set("save", "yes");
  Instance guard(observer, host);
  guard.publish(step_after_ms(2'000));
  BOOST_TEST_REQUIRE(host.requests.size() == 2u);
  BOOST_TEST(host.requests[0].what == TB_REQUEST_SAVE);
  BOOST_TEST(host.requests[1].what == TB_REQUEST_STOP);
}

BOOST_AUTO_TEST_CASE(times_of_an_earlier_process_do_not_count) {
  FakeHost host(observer);
  host.set("limit", "1s");
  Instance guard(observer, host);
  guard.publish(step_after_ms(9'000).phase(trainbus::Phase::CatchUp));
  BOOST_TEST(host.requests.empty());
}

BOOST_AUTO_TEST_CASE(the_reason_names_the_limit_as_it_was_typed) {
  BOOST_TEST(reason_of("2h") == "the time limit of 2h was reached");
  BOOST_TEST(reason_of("90m") == "the time limit of 90m was reached");
  BOOST_TEST(reason_of("45s") == "the time limit of 45s was reached");
  BOOST_TEST(reason_of("250ms") == "the time limit of 250ms was reached");
  BOOST_TEST(reason_of("1.5s") == "the time limit of 1.5s was reached");
}

BOOST_AUTO_TEST_CASE(the_limit_must_be_given) {
  BOOST_TEST(std::string(observer.options[0]->name) == "limit");
  BOOST_TEST((observer.options[0]->flags & TB_OPTION_REQUIRED) != 0u);
  BOOST_TEST(observer.role == TB_ROLE_CONTROL);
}
