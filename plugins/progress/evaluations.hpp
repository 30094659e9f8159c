// The evaluations of a run: how long they took, to estimate the time of those to come.
#pragma once

#include <cstdint>
#include <optional>

namespace trainbus::progress {

class Evaluations {
 public:
  struct Plan {
    std::optional<std::uint64_t> total_steps;
    std::uint64_t initial_step = 0;
    std::uint64_t every = 0;  // steps from one evaluation on validation data to the next; 0: none
    std::uint64_t tests = 0;  // evaluations on test data after the last step
  };
  Evaluations() = default;
  explicit Evaluations(const Plan& plan) : plan_(plan), evaluated_step_(plan.initial_step) {}

  void begin(std::int64_t now_ns);
  // An evaluation of validation or test data has ended, after this many steps. Returns the
  // nanoseconds that it took; 0 if none had begun.
  std::int64_t end(bool test, std::uint64_t step, std::int64_t now_ns);
  // The evaluation ended without a result.
  std::int64_t abandon(std::int64_t now_ns);

  // Seconds that the evaluations to come will take at the mean of those of their kind, or else of
  // the other kind; 0 while none was seen.
  double due_s() const;

 private:
  struct Mean {
    double seconds = 0, count = 0;
    double value() const { return count > 0 ? seconds / count : 0; }
  };

  Plan plan_;
  std::uint64_t evaluated_step_ = 0;
  std::optional<std::int64_t> begin_ns_;
  Mean validation_, test_;
};

}  // namespace trainbus::progress
