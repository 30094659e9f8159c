#include "core/ranks/stage.hpp"

#include <algorithm>
#include <stdexcept>

namespace trainbus::testing {

int Stage::add() {
  const std::scoped_lock lock(mutex_);
  actors_.emplace_back();
  return static_cast<int>(actors_.size()) - 1;
}

void Stage::begin(int actor) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return is_stuck_ || !one_at_a_time_ || turn_ == actor; });
}

void Stage::leave(int actor) {
  const std::scoped_lock lock(mutex_);
  actors_[static_cast<std::size_t>(actor)].is_there = false;
  if (std::ranges::any_of(actors_, &Actor::is_there)) move_on();
}

Stage::Time Stage::now() {
  const std::scoped_lock lock(mutex_);
  return now_;
}

bool Stage::may_run(const Actor& actor) const {
  return actor.is_there && (!actor.waits_for || actor.until <= now_ || (*actor.waits_for)());
}

void Stage::move_on() {
  std::vector<int> ready;
  while (ready.empty()) {
    Time next = never;
    for (std::size_t i = 0; i < actors_.size(); ++i) {
      if (may_run(actors_[i])) ready.push_back(static_cast<int>(i));
      if (actors_[i].is_there && actors_[i].waits_for) next = std::min(next, actors_[i].until);
    }
    if (!ready.empty()) break;
    is_stuck_ = next == never;
    if (is_stuck_) break;
    now_ = next;
  }
  if (!ready.empty() && one_at_a_time_) turn_ = ready[random_below(ready.size())];
  changed_.notify_all();
}

bool Stage::wait(int actor, const Condition& condition, Time until) {
  std::unique_lock lock(mutex_);
  const auto me = [&]() -> Actor& { return actors_[static_cast<std::size_t>(actor)]; };
  me().waits_for = &condition;
  me().until = until;
  move_on();
  changed_.wait(lock, [&] {
    if (is_stuck_) return true;
    if (one_at_a_time_) return turn_ == actor;
    return may_run(me());
  });
  me().waits_for = nullptr;
  if (is_stuck_) throw std::logic_error("everybody waits, and nobody for a time");
  return condition();
}

}  // namespace trainbus::testing
