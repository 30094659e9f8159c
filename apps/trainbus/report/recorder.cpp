#include "report/recorder.hpp"

#include <algorithm>
#include <cmath>

namespace trainbus::report {
namespace {

void cut(Series& series, double last_kept) {
  while (!series.step.empty() && series.step.back() > last_kept) {
    series.step.pop_back();
    series.value.pop_back();
  }
}

void cut(Clock& clock, double last_kept) {
  while (!clock.step.empty() && clock.step.back() > last_kept) {
    clock.step.pop_back();
    clock.seconds.pop_back();
    clock.forwards.pop_back();
  }
}

}  // namespace

bool is_plausible(const RecordHead& head) {
  constexpr double exact_integers = 9007199254740992.0;  // 2^53
  return head.step >= 0 && head.step <= exact_integers && head.step == std::floor(head.step) &&
         std::isfinite(head.unix_s);
}

Recorder::Recorder(Metrics& metrics) : metrics_(metrics) {
  if (!metrics.clock.seconds.empty()) seconds_ = metrics.clock.seconds.back();
}

void Recorder::resume(const RecordHead& head) {
  for (auto& [name, series] : metrics_.series) cut(series, head.step);
  std::erase_if(metrics_.series, [](const auto& entry) { return entry.second.step.empty(); });
  cut(metrics_.clock, head.step);
  seconds_ = metrics_.clock.seconds.empty() ? 0 : metrics_.clock.seconds.back();
  last_unix_s_ = head.unix_s;
  metrics_.attempts = std::max(metrics_.attempts, head.attempt);
}

void Recorder::begin(const RecordHead& head, bool is_step) {
  if (metrics_.attempts != 0 && head.attempt > metrics_.attempts)
    resume({is_step ? head.step - 1 : head.step, head.unix_s, head.attempt});
  metrics_.attempts = std::max(metrics_.attempts, head.attempt);
  advance_clock(head);
  now_ = head;
  is_step_ = is_step;
  if (!is_step) return;
  cut(metrics_.clock, head.step - 1);
  metrics_.clock.step.push_back(head.step);
  metrics_.clock.seconds.push_back(seconds_);
  metrics_.clock.forwards.push_back(0);
}

// Time does not decrease when the clock was set back.
void Recorder::advance_clock(const RecordHead& head) {
  if (last_unix_s_ > 0) seconds_ += std::max(0.0, head.unix_s - last_unix_s_);
  last_unix_s_ = head.unix_s;
}

void Recorder::add(std::string_view name, double value) {
  if (is_step_ && name == "forwards") metrics_.clock.forwards.back() = value;
  Series& series = metrics_.series[std::string(name)];
  cut(series, now_.step - 1);
  series.step.push_back(now_.step);
  series.value.push_back(value);
}

void Recorder::skip_line(std::size_t number) {
  if (skipped_++ == 0) first_skipped_ = number;
}

void Recorder::finish() {
  if (skipped_ > 0)
    metrics_.notes.push_back(metrics_.file + ": " + std::to_string(skipped_) +
                             (skipped_ == 1 ? " line is" : " lines are") +
                             " damaged and left out, the first is line " +
                             std::to_string(first_skipped_));
}

}  // namespace trainbus::report
