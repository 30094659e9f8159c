// trainbus: test a reward without the host. Link the plugin's source into the test and write
//
//     const tb_reward& reward = *trainbus_reward_v1.rewards[0];
//     trainbus::testing::FakeRewardHost host(reward);
//     host.set("most", "100");
//     trainbus::testing::RewardInstance instance(reward, host);
//     … instance.score({.prompt = "2 + 2 =", .text = "4", .references = {"4"}})
#pragma once

#include <trainbus/plugin_testing.hpp>
#include <trainbus/reward.hpp>

#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace trainbus::testing {

// A host as rewards get it: option values and a log.
class FakeRewardHost : public FakeHost {
 public:
  explicit FakeRewardHost(const tb_reward& reward, std::string instance = {})
      : FakeHost(instance.empty() ? reward.id : std::move(instance), reward.options,
                 reward.option_count) {
    for (const char* id :
         {TB_EXTENSION_FILE, TB_EXTENSION_TERMINAL, TB_EXTENSION_CONTROL, TB_EXTENSION_HISTOGRAM})
      withhold(id);
    run_directory("");
  }
};

// An answer that owns its texts.
struct AnswerText {
  std::string prompt = {}, text = {};
  std::vector<std::string> references = {};
  std::vector<float> token_log_probabilities = {};
};

// An instance of a reward, driven through its C interface as a host drives it. Throws
// std::runtime_error with the plugin's message where it fails.
class RewardInstance {
 public:
  // The reward must be the one that the host was made for.
  RewardInstance(const tb_reward& reward, FakeHost& host) : reward_(reward) {
    tb_error error{};
    self_ = reward.create(&host.raw(), &error);
    if (!self_) throw std::runtime_error(error.message);
  }
  ~RewardInstance() { reward_.destroy(self_); }
  RewardInstance(const RewardInstance&) = delete;
  RewardInstance& operator=(const RewardInstance&) = delete;

  double score(const AnswerText& answer) {
    std::vector<tb_text> references;
    for (const std::string& text : answer.references) references.push_back(Text(text));
    const std::vector<float>& tokens = answer.token_log_probabilities;
    return score_raw(tb_answer{.size = sizeof(tb_answer),
                               .prompt = Text(answer.prompt),
                               .answer = Text(answer.text),
                               .references = references.empty() ? nullptr : references.data(),
                               .reference_count = references.size(),
                               .token_log_probabilities = tokens.empty() ? nullptr : tokens.data(),
                               .token_count = tokens.size()});
  }
  double score_raw(const tb_answer& answer) {
    double reward = std::numeric_limits<double>::quiet_NaN();  // what a host finds if none is set
    tb_error error{};
    if (reward_.score(self_, &answer, &reward, &error) == TB_OK) return reward;
    error.message[sizeof error.message - 1] = '\0';
    throw std::runtime_error(error.message[0] ? error.message
                                              : "the reward failed without a reason");
  }

 private:
  const tb_reward& reward_;
  void* self_;
};

}  // namespace trainbus::testing
