#include "core/reward/judging_round.hpp"

#include <algorithm>
#include <exception>

#include "core/bus/float_environment.hpp"
#include "core/io/number_text.hpp"
#include "core/io/signal_mask.hpp"

namespace trainbus {

// The next item, in order; none after a failure.
std::optional<std::size_t> JudgingRound::take(std::size_t seat) {
  const std::lock_guard lock(mutex_);
  if (next_ == items_.size() || !failures_.empty()) return std::nullopt;
  seats_[seat].item = next_;
  return next_++;
}

double JudgingRound::judge(std::size_t seat, std::size_t item, RewardInstance& instance) {
  const JudgedText text(items_[item]);
  if (progress_) progress_->begun(item);
  {
    const std::lock_guard lock(mutex_);
    seats_[seat].since = Clock::now();
  }
  changed_.notify_all();
  return instance.score(text);
}

void JudgingRound::work(std::size_t seat, RewardInstance& instance) {
  block_signals();
  const FloatEnvironment floats;
  while (const std::optional<std::size_t> item = take(seat)) {
    std::string failure;
    double reward = 0;
    try {
      reward = judge(seat, *item, instance);
    } catch (const std::exception& error) {
      failure = error.what();
    } catch (...) {
      failure = "it threw an exception through its C interface";
    }
    floats.restore();  // the next item must not depend on this one
    std::unique_lock lock(mutex_);
    if (seats_[seat].is_late) return;  // nobody waits any more
    seats_[seat].since.reset();
    rewards_[*item] = reward;
    if (!failure.empty()) failures_.emplace(*item, failure);
    lock.unlock();
    if (failure.empty() && progress_) progress_->judged(*item, reward);
  }
  leave(seat);
}

void JudgingRound::leave(std::size_t seat) {
  const std::lock_guard lock(mutex_);
  seats_[seat].has_left = true;
  changed_.notify_all();
}

bool JudgingRound::is_over() const {
  return std::ranges::all_of(seats_, [](const Seat& s) { return s.has_left || s.is_late; });
}

std::set<std::size_t> JudgingRound::wait(std::chrono::nanoseconds limit) {
  std::unique_lock lock(mutex_);
  while (!is_over()) {
    std::optional<Clock::time_point> deadline;
    for (Seat& seat : seats_) {
      if (!seat.since || seat.is_late) continue;
      seat.is_late = Clock::now() - *seat.since > limit;
      if (seat.is_late)
        failures_.emplace(seat.item,
                          "it did not return for " +
                              shortest_text(std::chrono::duration<double>(limit).count()) + " s");
      else
        deadline = std::min(deadline.value_or(*seat.since + limit), *seat.since + limit);
    }
    if (is_over()) break;
    if (deadline)
      changed_.wait_until(lock, *deadline);
    else
      changed_.wait(lock);
  }
  std::set<std::size_t> late;
  for (std::size_t seat = 0; seat < seats_.size(); ++seat)
    if (seats_[seat].is_late) late.insert(seat);
  return late;
}

}  // namespace trainbus
