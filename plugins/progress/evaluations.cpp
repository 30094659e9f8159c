#include "evaluations.hpp"

#include <algorithm>
#include <utility>

namespace trainbus::progress {

void Evaluations::begin(std::int64_t now_ns) {
  if (!begin_ns_) begin_ns_ = now_ns;
}

std::int64_t Evaluations::end(bool test, std::uint64_t step, std::int64_t now_ns) {
  if (!begin_ns_) return 0;
  const std::int64_t took_ns = abandon(now_ns);
  Mean& mean = test ? test_ : validation_;
  mean.seconds += static_cast<double>(took_ns) / 1e9;
  mean.count += 1;
  if (!test) evaluated_step_ = std::max(step, evaluated_step_);
  if (test && step > plan_.initial_step) plan_.tests -= std::min<std::uint64_t>(plan_.tests, 1);
  return took_ns;
}

std::int64_t Evaluations::abandon(std::int64_t now_ns) {
  const auto begin_ns = std::exchange(begin_ns_, std::nullopt);
  return begin_ns ? std::max<std::int64_t>(now_ns - *begin_ns, 0) : 0;
}

double Evaluations::due_s() const {
  const double validation = validation_.count > 0 ? validation_.value() : test_.value();
  const double test = test_.count > 0 ? test_.value() : validation_.value();
  double due = static_cast<double>(plan_.tests) * test;
  if (plan_.every > 0 && plan_.total_steps && *plan_.total_steps > evaluated_step_) {
    const std::uint64_t left = *plan_.total_steps / plan_.every - evaluated_step_ / plan_.every;
    due += static_cast<double>(left) * validation;
  }
  return due;
}

}  // namespace trainbus::progress
