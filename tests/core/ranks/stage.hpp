// Threads that act together in a time of their own: it moves on only when all of them wait, to the
// first moment that one waits for. So a silence of 30 s takes no time, and nothing depends on how
// fast a machine is.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <random>
#include <vector>

namespace trainbus::testing {

class Stage {
 public:
  using Time = std::chrono::nanoseconds;
  using Condition = std::function<bool()>;
  static constexpr Time never = Time::max();

  // one_at_a_time: only one actor runs, and the seed says which one after each wait, so that a run
  // can be repeated exactly; else all run as the system has it.
  Stage(std::uint64_t seed, bool one_at_a_time) : random_(seed), one_at_a_time_(one_at_a_time) {}

  // A new actor, the first one or one that another brings; its thread calls begin() and leave().
  int add();
  void begin(int actor);
  void leave(int actor);

  // Waits until the condition holds, or until then; false: it does not hold. Conditions are called
  // with the stage locked. Throws std::logic_error if everybody waits forever.
  bool wait(int actor, const Condition& condition, Time until);
  // Lets another one run.
  void pause(int actor) {
    wait(
        actor, [] { return true; }, never);
  }

  Time now();
  // Calls change() with the stage locked, for what conditions look at.
  template <class Change>
  auto locked(const Change& change) {
    const std::scoped_lock lock(mutex_);
    changed_.notify_all();
    return change();
  }
  // A number below `end`; for locked().
  std::size_t random_below(std::size_t end) { return random_() % end; }

 private:
  struct Actor {
    bool is_there = true;
    const Condition* waits_for = nullptr;  // null: it does not wait
    Time until = never;
  };
  bool may_run(const Actor& actor) const;
  void move_on();  // until somebody may run; says whose turn it is

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Actor> actors_;
  std::mt19937_64 random_;
  bool one_at_a_time_;
  bool is_stuck_ = false;
  int turn_ = 0;
  Time now_ = std::chrono::hours(1);
};

}  // namespace trainbus::testing
