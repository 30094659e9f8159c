// Dispatcher: how events reach observers.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "core/bus/current_call.hpp"
#include "core/bus/dispatcher.hpp"
#include "core/io/error.hpp"

namespace trainbus {
namespace {

std::string message_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "threw something that is not an exception";
  }
}

// The last step that the observer handled, if the exception is ObserverGone.
std::optional<std::uint64_t> last_step_if_gone(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const ObserverGone& gone) {
    return gone.last_step();
  } catch (...) {
    return std::nullopt;
  }
}

// One call of an observer, registered with the gate and for crash reports. The call of an isolated
// observer is not given up: it waits for another process, and has its own time limit.
class Delivery {
 public:
  Delivery(CallGate& gate, Subscription& subscription, CallGate::Clock::time_point now)
      : gate_(gate),
        call_(subscription.observer->intake().isolated ? 0 : gate.enter(&subscription, now)),
        current_(subscription.report.name.c_str()) {}
  ~Delivery() {
    if (call_) gate_.leave(call_);
  }
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

 private:
  CallGate& gate_;
  const std::uint64_t call_;
  const CurrentCall current_;
};

// Whether an observer that shows the progress of a run needs only the newest event of this kind.
bool outdates(EventKind kind) { return is_within_step(kind) || kind == EventKind::PredictionStep; }

}  // namespace

void Dispatcher::publish(Event& event) {
  if (inside())
    throw RunError("an observer published " + std::string(event_name(event.kind)), "bus",
                   "Only the training loop publishes; do it after on_event has returned.");
  if (static_cast<std::size_t>(event.kind) >= signals_.size()) return;
  if (event.kind == EventKind::TrainBegin && begin_) return;
  if (event.kind == EventKind::TrainEnd && !begin_) return;
  note_position(event.step, event.epoch);
  if (wanted(event.kind)) {
    const Dispatch dispatch(*this, event);
    (*signals_[static_cast<std::size_t>(event.kind)])(event);
  }
  after_publish(event);
}

void Dispatcher::publish_outdated(Event& event, std::uint64_t newest_step) {
  if (outdates(event.kind)) newest_step_ = newest_step;
  publish(event);
  newest_step_.reset();
}

void Dispatcher::note_position(std::uint64_t step, std::uint64_t epoch) {
  last_step_ = step;
  last_epoch_ = epoch;
}

void Dispatcher::after_publish(Event& event) {
  if (event.kind == EventKind::TrainBegin) {
    begin_ = event;
    begun_at_ = std::chrono::steady_clock::now();
    for (const auto& subscription : subscriptions_) subscription->begun = subscription->connected;
  } else if (event.kind == EventKind::TrainEnd) {
    begin_.reset();
    for (const auto& subscription : subscriptions_) subscription->begun = false;
  }
  if (!changes_.empty()) settle();
}

// The filter comes first: a lossy observer skips an event only if it will get a newer one. Before
// the end it also gets the last step, whatever its filter says, since it shows the run's progress.
void Dispatcher::call(Subscription& subscription, Event& event) {
  const bool lossy = subscription.observer->intake().lossy;
  if (lossy && newest_step_ && subscription.filter.passes_later(event, *newest_step_)) return;
  if (event.kind == EventKind::TrainBegin) subscription.warn_of_options(event);
  if (lossy && event.kind == EventKind::TrainEnd) deliver_held_back(subscription);
  if (subscription.report.quarantined) return;
  if (subscription.filter.lets_pass(event))
    hand_over(subscription, event);
  else if (lossy && !newest_step_)
    subscription.filter.hold_back(event);
}

void Dispatcher::deliver_held_back(Subscription& subscription) {
  Event* const last = subscription.filter.take_held_back();
  if (last && subscription.observer->wants(last->kind)) try {
      hand_over(subscription, *last);
    } catch (...) {
      failed(std::current_exception());
    }
}

// A metric observer adds to a copy of its own; its numbers are copied to the event after the call
// has left the gate. So a call that was given up never changes the event that the others see.
void Dispatcher::hand_over(Subscription& subscription, Event& event) {
  current_->running = &subscription;
  if (subscription.metric()) subscription.own = event;
  Event& seen = subscription.metric() ? subscription.own : subscription.filter.narrowed(event);
  {
    const Delivery delivery(gate_, subscription, current_->clock.last());
    subscription.observer->on_event(seen);
  }
  if (const std::size_t known = event.scalars.size();
      subscription.metric() && seen.scalars.size() > known)
    event.scalars.insert(event.scalars.end(),
                         seen.scalars.begin() + static_cast<std::ptrdiff_t>(known),
                         seen.scalars.end());
  if (current_->floats.restore()) subscription.warn_of_float_change();
  subscription.count_success(current_->clock.lap_ns(), event.step);
}

void Dispatcher::failed(std::exception_ptr error) {
  Subscription& subscription = *current_->running;
  if (current_->floats.restore()) subscription.warn_of_float_change();
  const std::string message = message_of(error);
  const std::int64_t ns = current_->clock.lap_ns();
  const std::uint64_t step = current_->event.step;
  if (const auto last_step = last_step_if_gone(error)) {
    ++subscription.report.failures;
    subscription.report.last_delivered_step = *last_step;
    subscription.quarantine(message, step);
  } else if (!subscription.count_failure(message, ns, step)) {
    return;
  }
  request({Change::Kind::Disconnect, &subscription});
}

void Dispatcher::deliver_alone(Subscription& subscription, Event& event) {
  if (subscription.report.quarantined || !subscription.observer->wants(event.kind)) return;
  const Dispatch dispatch(*this, event);
  try {
    call(subscription, event);
  } catch (...) {
    failed(std::current_exception());
  }
}

void Dispatcher::resume_after(Subscription& stuck, std::chrono::nanoseconds waited, Event* event) {
  current_ = nullptr;
  settling_ = false;
  stuck.abandon(waited, event ? event->step : last_step_);
  // The thread may still be in its code: it is kept in memory, never destroyed, and no longer
  // called.
  abandoned_.push_back(stuck.observer);
  request({Change::Kind::Disconnect, &stuck});
  if (!event) return;
  bool comes_after = false;
  for (Subscription* subscription : in_order()) {
    if (comes_after && subscription->connected && subscription->present())
      deliver_alone(*subscription, *event);
    comes_after = comes_after || subscription == &stuck;
  }
  newest_step_.reset();
  after_publish(*event);
}

void Dispatcher::save_state(std::map<std::string, std::string>& states,
                            std::exception_ptr& failure) {
  for (const auto& subscription : subscriptions_) {
    if (!subscription->live()) continue;
    try {
      std::string state;
      {
        const Delivery delivery(gate_, *subscription, CallGate::Clock::now());
        state = subscription->observer->save_state();
      }
      if (!state.empty()) states[subscription->report.name] = std::move(state);
    } catch (...) {
      if (!failure) failure = std::current_exception();
    }
  }
}

void Dispatcher::backlog_over() {
  for (const auto& subscription : subscriptions_) subscription->backlog_ns = 0;
}

void Dispatcher::quarantine_slowest(std::chrono::nanoseconds patience) {
  Subscription* slowest = nullptr;
  for (const auto& subscription : subscriptions_)
    if (subscription->live() && (!slowest || subscription->backlog_ns > slowest->backlog_ns))
      slowest = subscription.get();
  if (!slowest) return;
  char text[160];
  std::snprintf(
      text, sizeof text,
      "it is too slow: %.3f ms an event held up the training for longer than the patience "
      "of %.1f s",
      slowest->report.mean_us() * 1e-3, std::chrono::duration<double>(patience).count());
  slowest->quarantine(text, last_step_);
  request({Change::Kind::Disconnect, slowest});
}

}  // namespace trainbus
