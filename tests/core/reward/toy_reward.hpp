// A reward whose code is in the test, and items that own their texts.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/io/error.hpp"
#include "core/reward/reward.hpp"

namespace trainbus::testing {

// Each test case sets its reaction; `self` tells the instances apart.
struct ToyReward {
  static inline std::function<tb_status(const int* self, const tb_answer&, double*, tb_error*)>
      at_score;
  static inline std::set<const int*> instances;
  static inline std::string said;  // by tb_host::option("word")

  static void* create(const tb_host* host, tb_error*) {
    said = host->option(host, "word").data;
    return const_cast<int*>(*instances.insert(new int(0)).first);
  }
  static tb_status score(void* self, const tb_answer* answer, double* reward, tb_error* error) {
    return at_score(static_cast<const int*>(self), *answer, reward, error);
  }
  static void destroy(void* self) {
    instances.erase(static_cast<const int*>(self));
    delete static_cast<int*>(self);
  }
};

inline tb_reward toy_reward(std::uint32_t flags = 0) {
  static constexpr tb_option word = {sizeof(tb_option), 0, "word", "text", "hm",
                                     "what to say",     1, 0,      nullptr};
  static constexpr const tb_option* options[] = {&word};
  return {.size = sizeof(tb_reward),
          .flags = flags,
          .needs_minor = 0,
          .reserved = 0,
          .id = "toy",
          .version = "1",
          .summary = "",
          .url = "",
          .license = "",
          .options = options,
          .option_count = 1,
          .create = ToyReward::create,
          .score = ToyReward::score,
          .destroy = ToyReward::destroy,
          .extension = nullptr};
}

struct Items {
  explicit Items(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      answers.push_back(std::string(i % 7, 'a') + std::to_string(i));
      references.push_back({"reference", std::to_string(i)});
      tokens.push_back(std::vector<float>(i % 3, -0.5f * static_cast<float>(i)));
    }
    for (std::size_t i = 0; i < count; ++i)
      items.push_back({"prompt", answers[i], references[i], tokens[i]});
  }
  std::vector<std::string> answers;
  std::vector<std::vector<std::string>> references;
  std::vector<std::vector<float>> tokens;
  std::vector<RewardItem> items;
};

inline std::vector<double> score(Reward& reward, std::span<const RewardItem> items) {
  std::vector<double> rewards(items.size(), -1);
  reward.score(items, rewards);
  return rewards;
}

// The message of a PluginError; any other exception fails the test.
template <class Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const PluginError& error) {
    return error.what();
  }
  return "(none)";
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

}  // namespace trainbus::testing
