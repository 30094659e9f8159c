// The guarantees about threads: a call may come from any thread; several instances are called at
// once, one instance only if the reward says so.
#include <exception>
#include <latch>
#include <thread>

#include "judged_answers.hpp"

namespace trainbus::cli {
namespace {

// Runs work in new threads at once; throws what the first of them threw.
template <class Work>
void in_threads(std::size_t count, Work work) {
  std::vector<std::exception_ptr> thrown(count);
  std::latch all(static_cast<std::ptrdiff_t>(count));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      all.arrive_and_wait();
      try {
        work(i);
      } catch (...) {
        thrown[i] = std::current_exception();
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& exception : thrown)
    if (exception) std::rethrow_exception(exception);
}

void check_same(const NamedAnswer& answer, double expected, double found, const char* how) {
  if (found != expected)
    throw std::runtime_error(std::string("of ") + answer.name + " it gives " +
                             exact_text(expected) + " in one thread, and " + exact_text(found) +
                             how);
}

}  // namespace

void calls_from_changing_threads(const RewardSubject& subject) {
  const std::vector<NamedAnswer> answers = usual_answers();
  JudgedAnswers instance(subject);
  const std::vector<double> expected = instance.score(answers);
  for (std::size_t i = 0; i < answers.size(); ++i)
    in_threads(1, [&](std::size_t) {
      check_same(answers[i], expected[i], instance.score(answers[i]), " in another");
    });
  instance.destroy();
}

void eight_threads_at_once(const RewardSubject& subject) {
  constexpr std::size_t thread_count = 8;
  constexpr int rounds = 20;
  const bool shared = subject.reward.flags & TB_REWARD_CONCURRENT;
  const std::vector<NamedAnswer> answers = usual_answers();
  std::vector<std::unique_ptr<JudgedAnswers>> instances;
  for (std::size_t i = 0; i < (shared ? 1 : thread_count); ++i)
    instances.push_back(std::make_unique<JudgedAnswers>(subject));
  const std::vector<double> expected = instances.front()->score(answers);
  subject.record.enter(shared ? "score of one instance in eight threads"
                              : "score of eight instances in eight threads");
  in_threads(thread_count, [&](std::size_t thread) {
    JudgedAnswers& instance = *instances[thread % instances.size()];
    for (int round = 0; round < rounds; ++round)
      for (std::size_t i = 0; i < answers.size(); ++i)
        check_same(answers[i], expected[i], instance.score_unrecorded(answers[i]),
                   " with eight at once");
  });
  subject.record.leave();
}

}  // namespace trainbus::cli
