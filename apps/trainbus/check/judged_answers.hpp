// Answers to try a reward with, and an instance that records what it does. Only for trials that
// include none of the host's classes.
#pragma once

#include <trainbus/reward_testing.hpp>

#include <memory>
#include <string>
#include <vector>

#include "reward_trials.hpp"

namespace trainbus::cli {

struct NamedAnswer {
  const char* name;  // "an empty answer"
  testing::AnswerText text;
};
// What a model and a data set may well give.
std::vector<NamedAnswer> usual_answers();
// And what is rare, but valid.
std::vector<NamedAnswer> strange_answers();
NamedAnswer long_answer();

class JudgedAnswers {
 public:
  explicit JudgedAnswers(const RewardSubject& subject);

  // Throws if the reward fails or is not finite.
  double score(const NamedAnswer& answer);
  std::vector<double> score(const std::vector<NamedAnswer>& answers);
  // The same without a record, for threads that score at once.
  double score_unrecorded(const NamedAnswer& answer);
  double score_raw(const char* name, const tb_answer& answer);
  void destroy();
  const RewardSubject& subject() const { return subject_; }

 private:
  const RewardSubject& subject_;
  testing::FakeRewardHost host_;
  std::unique_ptr<testing::RewardInstance> instance_;
};

// "0.25", with all digits that make a difference.
std::string exact_text(double number);

}  // namespace trainbus::cli
