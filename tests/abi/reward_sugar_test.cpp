// The C description that reward.hpp makes from classes, and its helpers for tests.
#include <boost/test/unit_test.hpp>
#include <trainbus/reward_testing.hpp>

#include <string>

using trainbus::testing::FakeRewardHost;
using trainbus::testing::RewardInstance;

namespace {

const tb_reward& brief() { return *trainbus_reward_v1.rewards[0]; }
const tb_reward& everything() { return *trainbus_reward_v1.rewards[1]; }

template <class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "(none)";
}

struct ThrowsInt : trainbus::Reward {
  double score(const trainbus::Answer&) override { throw 1; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_module_describes_its_rewards) {
  BOOST_TEST(trainbus_reward_v1.size == sizeof(tb_reward_module));
  BOOST_TEST(trainbus_reward_v1.abi_major == 1u);
  BOOST_TEST(trainbus_reward_v1.reward_count == 2u);
  BOOST_TEST(brief().id == std::string("acme.brief"));
  BOOST_TEST(brief().version == std::string("1.2.0"));
  BOOST_TEST(brief().summary == std::string("short answers"));
  BOOST_TEST(brief().url == std::string("https://example.org"));
  BOOST_TEST(brief().license == std::string("MIT"));
  BOOST_TEST(brief().flags == static_cast<unsigned>(TB_REWARD_CONCURRENT));
  BOOST_TEST(brief().needs_minor == 0u);
  BOOST_TEST_REQUIRE(brief().option_count == 2u);
  BOOST_TEST(brief().options[0]->name == std::string("most"));
  BOOST_TEST(everything().id == std::string("acme.everything"));
  BOOST_TEST(everything().flags == 0u);
  BOOST_TEST(everything().option_count == 0u);
  BOOST_TEST(everything().extension("anything")->size == sizeof(tb_extension));
}

BOOST_AUTO_TEST_CASE(a_reward_gets_its_options_and_the_whole_answer) {
  FakeRewardHost host(brief());
  host.set("most", "4");
  RewardInstance instance(brief(), host);
  BOOST_TEST(host.logged("ready") == 1u);
  BOOST_TEST(instance.score({.text = "four"}) == 0.0);
  BOOST_TEST(instance.score({.text = "seventeen"}) == -5.0);

  FakeRewardHost other(everything());
  RewardInstance sums(everything(), other);
  BOOST_TEST(sums.score({}) == 0.0);
  BOOST_TEST(sums.score({.prompt = "abc",
                         .text = "ignored",
                         .references = {"x", "yz"},
                         .token_log_probabilities = {-0.5f, -1.0f}}) == 301.5);
}

BOOST_AUTO_TEST_CASE(exceptions_become_messages) {
  FakeRewardHost host(brief());
  BOOST_TEST(message_of([&] { RewardInstance(brief(), host.set("most", "13")); }) ==
             "13 is not lucky");
  host.set("most", "1").set("strict", "yes");
  RewardInstance instance(brief(), host);
  BOOST_TEST(message_of([&] { instance.score({.text = "two"}); }) == "it has 3");
  BOOST_TEST(instance.score({.text = "1"}) == 0.0);

  static constexpr tb_reward throws_int = trainbus::reward<ThrowsInt>("int", "1", "throws 1");
  FakeRewardHost bare(throws_int);
  RewardInstance thrower(throws_int, bare);
  BOOST_TEST(message_of([&] { thrower.score({}); }) == "an exception that is not a std::exception");
}

BOOST_AUTO_TEST_CASE(the_host_of_a_reward_has_options_and_a_log_alone) {
  FakeRewardHost host(brief());
  BOOST_TEST(host.host().run_directory().empty());
  BOOST_CHECK_THROW(host.host().files(), std::runtime_error);
  BOOST_TEST(host.host().extension<tb_control_api>(TB_EXTENSION_CONTROL) == nullptr);
}
