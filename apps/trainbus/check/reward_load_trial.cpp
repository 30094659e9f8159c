// Many answers: what one costs, and whether memory grows with them.
#include <malloc.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "judged_answers.hpp"

namespace trainbus::cli {
namespace {

constexpr std::size_t windows = 10, per_window = 1000;
// Growth per window that is no leak: less than a byte per answer is a table that grows now and
// then.
constexpr double least_growth = per_window;

double heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

}  // namespace

void ten_thousand_answers(const RewardSubject& subject) {
  using Clock = std::chrono::steady_clock;
  const std::vector<NamedAnswer> answers = usual_answers();
  const auto begin = Clock::now();
  const double before = heap_bytes();
  std::array<double, windows> growth{};
  JudgedAnswers instance(subject);
  instance.score(answers);  // what it allocates once
  for (double& grown : growth) {
    const double at_first = heap_bytes();
    for (std::size_t i = 0; i < per_window; ++i) {
      instance.score(answers[i % answers.size()]);
      // A slow judge is none that leaks: it is tried with as many answers as there is time for.
      if (std::chrono::duration<double>(Clock::now() - begin).count() > subject.limit_s / 2) return;
    }
    grown = heap_bytes() - at_first;
  }
  instance.destroy();
  std::ranges::nth_element(growth, growth.begin() + windows / 2);
  const double typical = growth[windows / 2], left = heap_bytes() - before;
  subject.record.heap_grows = typical >= least_growth;
  if (typical >= least_growth && left >= typical * windows / 2)
    throw std::runtime_error(
        "it leaks: " + std::to_string(static_cast<std::int64_t>(left / windows)) +
        " bytes per 1,000 answers were not given back by destroy");
}

}  // namespace trainbus::cli
