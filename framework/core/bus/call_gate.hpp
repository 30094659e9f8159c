// Which observer a thread is inside of, so that a call that never returns can be given up, and a
// crash can be named.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "core/export.hpp"

namespace trainbus {

struct Subscription;

// Between the bus thread, which enters and leaves calls, and the training thread, which may give up
// the one that is on. Calls are numbered; whoever moves the number on first wins. A thread whose
// call was given up never comes back out of leave().
class TRAINBUS_EXPORT CallGate {
 public:
  using Clock = std::chrono::steady_clock;

  // Returns the call's number, for leave().
  std::uint64_t enter(Subscription* subscription, Clock::time_point now) {
    subscription_.store(subscription, std::memory_order_relaxed);
    since_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    const std::uint64_t call = state_.load(std::memory_order_relaxed) + 1;
    state_.store(call, std::memory_order_release);
    return call;
  }
  void leave(std::uint64_t call) {
    if (!state_.compare_exchange_strong(call, call + 1, std::memory_order_acq_rel))
      sleep_for_ever();
  }

  // The call that is on, for give_up(); 0: none.
  std::uint64_t call() const {
    const std::uint64_t state = state_.load(std::memory_order_acquire);
    return state % 2 ? state : 0;
  }
  Clock::duration age(Clock::time_point now) const {
    return now - Clock::time_point(Clock::duration(since_.load(std::memory_order_relaxed)));
  }
  Subscription* subscription() const { return subscription_.load(std::memory_order_relaxed); }
  // Whether it was still on. If so, its thread is lost, and the gate stands open for a successor.
  bool give_up(std::uint64_t call) {
    return state_.compare_exchange_strong(call, call + 1, std::memory_order_acq_rel);
  }

  [[noreturn]] static void sleep_for_ever();

 private:
  std::atomic<std::uint64_t> state_ = 0;  // odd: a call is on
  std::atomic<Clock::rep> since_ = 0;
  std::atomic<Subscription*> subscription_ = nullptr;
};

}  // namespace trainbus
