#include "reward_trials.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

#include "judged_answers.hpp"
#include "process_watch.hpp"

namespace trainbus::cli {
namespace {

void created_and_destroyed(const RewardSubject& subject) { JudgedAnswers(subject).destroy(); }

void usual(const RewardSubject& subject) { JudgedAnswers(subject).score(usual_answers()); }
void strange(const RewardSubject& subject) { JudgedAnswers(subject).score(strange_answers()); }
void very_long(const RewardSubject& subject) { JudgedAnswers(subject).score(long_answer()); }

std::vector<NamedAnswer> all_answers() {
  std::vector<NamedAnswer> answers = usual_answers(), strange = strange_answers();
  std::ranges::move(strange, std::back_inserter(answers));
  return answers;
}

// In the same instance again, in the opposite order, and in another instance.
void the_same_again(const RewardSubject& subject) {
  std::vector<NamedAnswer> answers = all_answers();
  JudgedAnswers one(subject), other(subject);
  const std::vector<double> first = one.score(answers);
  const auto compare = [&](const std::vector<double>& again, const char* how) {
    for (std::size_t i = 0; i < answers.size(); ++i)
      if (again[i] != first[i])
        throw std::runtime_error(std::string("of ") + answers[i].name + " it gives " +
                                 exact_text(first[i]) + ", and " + exact_text(again[i]) + " " +
                                 how + ", expected a function of the answer alone");
  };
  compare(one.score(answers), "when it is asked again");
  compare(other.score(answers), "by another instance");
  std::ranges::reverse(answers);
  std::vector<double> backwards = one.score(answers);
  std::ranges::reverse(answers);
  std::ranges::reverse(backwards);
  compare(backwards, "in another order");
}

// As a later version might pass it: more fields behind those that the reward knows.
void an_answer_that_grew(const RewardSubject& subject) {
  struct NewerAnswer : tb_answer {
    std::array<double, 8> appended;
  };
  JudgedAnswers instance(subject);
  const NamedAnswer known = usual_answers().front();
  const double expected = instance.score(known);
  NewerAnswer answer{};
  const std::string &prompt = known.text.prompt, &text = known.text.text;
  const std::string& reference = known.text.references.front();
  const tb_text references[] = {{reference.c_str(), reference.size()}};
  answer.size = sizeof answer;
  answer.prompt = {prompt.c_str(), prompt.size()};
  answer.answer = {text.c_str(), text.size()};
  answer.references = references;
  answer.reference_count = 1;
  answer.token_log_probabilities = known.text.token_log_probabilities.data();
  answer.token_count = known.text.token_log_probabilities.size();
  answer.appended.fill(1e300);
  if (const double found = instance.score_raw("an answer that grew", answer); found != expected)
    throw std::runtime_error("it gives " + exact_text(found) + " for an answer that grew, and " +
                             exact_text(expected) + " for the same one of today");
}

constexpr std::array all_trials = {
    RewardTrial{"created and destroyed", created_and_destroyed},
    RewardTrial{"usual answers", usual},
    RewardTrial{"empty, strange and replaced texts", strange},
    RewardTrial{"a very long answer", very_long},
    RewardTrial{"the same answer gives the same number", the_same_again},
    RewardTrial{"an answer that grew", an_answer_that_grew},
    RewardTrial{"calls from changing threads", calls_from_changing_threads},
    RewardTrial{"eight threads at once", eight_threads_at_once},
    RewardTrial{"nothing changed or left behind", nothing_changed_or_left_behind},
    RewardTrial{"10,000 answers", ten_thousand_answers},
};

}  // namespace

std::span<const RewardTrial> reward_trials() { return all_trials; }

void nothing_changed_or_left_behind(const RewardSubject& subject) {
  ProcessWatch watch;
  std::string findings;
  std::set<std::string> found;  // the first answer that shows it is enough
  const auto add = [&](const std::string& who, const std::vector<std::string>& what) {
    for (const std::string& one : what)
      if (found.insert(one).second) findings += (findings.empty() ? "" : "; ") + who + one;
  };
  {
    JudgedAnswers instance(subject);
    add("create changed ", watch.changes());
    for (const NamedAnswer& answer : all_answers()) {
      instance.score(answer);
      add(std::string("score of ") + answer.name + " changed ", watch.changes());
    }
    instance.destroy();
    add("destroy changed ", watch.changes());
  }
  add("destroy left ", watch.leftovers());
  if (!findings.empty()) throw std::runtime_error(findings);
}

}  // namespace trainbus::cli
