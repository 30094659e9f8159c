// The reward on a fake host: no trainbus, no model.
#include <trainbus/reward_testing.hpp>

#include <iostream>

int main() {
  using namespace trainbus::testing;
  const tb_reward& reward = *trainbus_reward_v1.rewards[0];
  FakeRewardHost host(reward);
  host.set("byte", "0.125");
  RewardInstance instance(reward, host);
  int failed = 0;
  const auto expect = [&](const AnswerText& answer, double expected) {
    const double found = instance.score(answer);
    if (found != expected) ++failed, std::cerr << answer.text << ": " << found << '\n';
  };
  expect({.text = R"({"a": 4})", .references = {"4"}}, 1 + 1 - 8 * 0.125);
  expect({.text = R"({"a": 5})", .references = {"4"}}, 1 - 8 * 0.125);
  expect({.text = "It is 4.", .references = {"4"}}, 1 - 8 * 0.125);
  expect({.text = "{\n\"a\":4}"}, -8 * 0.125);
  expect({.text = ""}, 0);
  return failed == 0 ? 0 : 1;
}
