// A reward that was built from the frozen 1.0 header, by several compilers and in two languages,
// driven by today's structs.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <iterator>
#include <sstream>
#include <trainbus/reward_testing.hpp>

#include "module.hpp"

using trainbus::testing::FakeRewardHost;
using trainbus::testing::RewardInstance;

namespace {

std::vector<std::string> old_rewards() {
  std::istringstream names(OLD_REWARDS);
  return {std::istream_iterator<std::string>(names), {}};
}
const auto each_old_reward = boost::unit_test::data::make(old_rewards());

const tb_reward& reward_of(const std::string& name) {
  void* library = load(built("abi_plugins", name.c_str()));
  BOOST_TEST_REQUIRE(library != nullptr, dlerror());
  const auto* module = static_cast<const tb_reward_module*>(dlsym(library, "trainbus_reward_v1"));
  BOOST_TEST_REQUIRE(module != nullptr);
  return *module->rewards[0];
}

}  // namespace

BOOST_DATA_TEST_CASE(a_reward_of_1_0_judges_and_reports_its_failures, each_old_reward, name) {
  const tb_reward& reward = reward_of(name);
  FakeRewardHost host(reward);
  host.set("each", "2");
  RewardInstance instance(reward, host);
  BOOST_TEST(host.logged("created") == 1u);
  BOOST_TEST(instance.score({.text = "4", .references = {"4", "four", "4"}}) == 4.0);
  BOOST_TEST(instance.score({.text = "5", .token_log_probabilities = {-1.5f, -0.25f}}) == -1.75);
  BOOST_CHECK_EXCEPTION(instance.score({.text = ""}), std::runtime_error, [](const auto& error) {
    return error.what() == std::string("the answer is empty");
  });
}

BOOST_DATA_TEST_CASE(a_reward_of_1_0_takes_an_answer_that_grew, each_old_reward, name) {
  const tb_reward& reward = reward_of(name);
  struct NewerAnswer : tb_answer {
    double appended[8];
  } answer{};
  const tb_text reference{"4", 1};
  static_cast<tb_answer&>(answer) = {.size = sizeof answer,
                                     .prompt = {"2 + 2 =", 7},
                                     .answer = {"4", 1},
                                     .references = &reference,
                                     .reference_count = 1,
                                     .token_log_probabilities = nullptr,
                                     .token_count = 0};
  FakeRewardHost host(reward);
  RewardInstance instance(reward, host);
  BOOST_TEST(instance.score_raw(answer) == 1.0);
}
