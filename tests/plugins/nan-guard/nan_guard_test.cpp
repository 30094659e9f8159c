#include <boost/test/unit_test.hpp>
#include <trainbus/plugin_testing.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>

using trainbus::Phase;
using trainbus::testing::EventBuilder;
using trainbus::testing::FakeHost;
using trainbus::testing::Instance;

namespace {

const tb_observer& observer = *trainbus_module_v1.observers[0];

struct Guarded {
  FakeHost host{observer};

  // One character a step from `first` on: x skipped, . done. The step of the first request; 0:
  // none.
  std::uint64_t run(Instance& guard, const std::string& steps, std::uint64_t first = 1,
                    Phase phase = Phase::Train) {
    for (std::uint64_t i = 0; i < steps.size(); ++i) {
      guard.publish(EventBuilder(TB_ON_STEP)
                        .step(first + i)
                        .phase(phase)
                        .set("loss", 1)
                        .set("skipped", steps[i] == 'x'));
      if (!host.requests.empty()) return first + i;
    }
    return 0;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(so_many_skipped_updates_in_a_row_stop_the_run, Guarded) {
  host.set("max-skipped", "3");
  Instance guard(observer, host);
  BOOST_TEST(run(guard, ".xx.xx.xxx.") == 10u);
  BOOST_TEST(host.requests[0].what == TB_REQUEST_STOP);
  BOOST_TEST(host.requests[0].reason ==
             "3 updates in a row were skipped, because the loss was not finite");
}

BOOST_FIXTURE_TEST_CASE(ten_in_a_row_is_the_default, Guarded) {
  Instance guard(observer, host);
  BOOST_TEST(run(guard, "xxxxxxxxx.xxxxxxxxxx") == 20u);
}

BOOST_FIXTURE_TEST_CASE(all_of_the_run_can_be_counted, Guarded) {
  host.set("max-skipped", "3").set("consecutive", "no");
  Instance guard(observer, host);
  BOOST_TEST(run(guard, "x..x...x.") == 8u);
  BOOST_TEST(host.requests[0].reason == "3 updates were skipped, because the loss was not finite");
}

BOOST_FIXTURE_TEST_CASE(one_may_be_too_many, Guarded) {
  host.set("max-skipped", "1");
  Instance guard(observer, host);
  BOOST_TEST(run(guard, "..x") == 3u);
  BOOST_TEST(host.requests[0].reason == "an update was skipped, because the loss was not finite");
}

BOOST_FIXTURE_TEST_CASE(a_resumed_run_goes_on_counting_and_counts_nothing_twice, Guarded) {
  host.set("max-skipped", "4");
  Instance before(observer, host);
  run(before, ".xx");
  Instance after(observer, host);
  after.load_state(before.save_state());
  run(after, "xx", 2, Phase::CatchUp);  // steps 2 and 3 again
  BOOST_TEST(run(after, "xx", 4) == 5u);
  BOOST_CHECK_THROW(after.load_state("2 0 0"), std::runtime_error);
  BOOST_CHECK_THROW(after.load_state(""), std::runtime_error);
}

// The host applies requests only at the last replayed step, where the attempt before may have
// ended.
BOOST_FIXTURE_TEST_CASE(steps_that_are_published_again_count_and_ask_again, Guarded) {
  host.set("max-skipped", "2");
  Instance guard(observer, host);
  BOOST_TEST(run(guard, "xx", 1, Phase::CatchUp) == 2u);
}
