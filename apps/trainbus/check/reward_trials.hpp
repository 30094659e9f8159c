// Trials of rewards, by the C interface, in files of their own, since the SDK's C++ classes and the
// host's have the same names.
#pragma once

#include <trainbus/reward.h>

#include <map>
#include <span>
#include <string>

#include "record.hpp"

namespace trainbus::cli {

struct RewardSubject {
  const tb_reward& reward;
  std::string where;                           // its id and file, for messages
  std::map<std::string, std::string> options;  // in canonical form
  double limit_s;                              // the time limit of the trial's process
  Record& record;
};

struct RewardTrial {
  const char* name;
  // Throws std::runtime_error if the reward fails it.
  void (*run)(const RewardSubject& subject);
};

std::span<const RewardTrial> reward_trials();

// Longer trials, in their own files.
void eight_threads_at_once(const RewardSubject& subject);
void calls_from_changing_threads(const RewardSubject& subject);
void nothing_changed_or_left_behind(const RewardSubject& subject);
void ten_thousand_answers(const RewardSubject& subject);

}  // namespace trainbus::cli
