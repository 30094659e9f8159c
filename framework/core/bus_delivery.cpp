// Bus: how events reach observers.
#include <utility>

#include "core/bus_impl.hpp"
#include "core/error.hpp"

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

}  // namespace

void Bus::Impl::publish(Event& event) {
  if (current_ || settling_)
    throw RunError("an observer published " + std::string(event_name(event.kind)), "bus",
                   "Only the training loop publishes; do it after on_event has returned.");
  if (static_cast<std::size_t>(event.kind) >= signals_.size()) return;
  if (event.kind == EventKind::TrainBegin && begin_) return;
  if (event.kind == EventKind::TrainEnd && !begin_) return;
  last_step_ = event.step;
  last_epoch_ = event.epoch;
  if (wanted(event.kind)) {
    const Dispatch dispatch(*this, event);
    (*signals_[static_cast<std::size_t>(event.kind)])(event);
  }

  if (event.kind == EventKind::TrainBegin) {
    begin_ = event;
    begun_at_ = std::chrono::steady_clock::now();
    for (const auto& seat : seats_) seat->begun = seat->connected;
  } else if (event.kind == EventKind::TrainEnd) {
    begin_.reset();
    for (const auto& seat : seats_) seat->begun = false;
  }
  if (!changes_.empty()) settle();
}

void Bus::Impl::call(Seat& seat, Event& event) {
  current_->running = &seat;
  seat.observer->on_event(event);
  if (current_->floats.restore()) seat.warn_of_float_change();
  seat.count_success(current_->clock.lap_ns(), event.step);
}

void Bus::Impl::failed(std::exception_ptr error) {
  Seat& seat = *current_->running;
  if (current_->floats.restore()) seat.warn_of_float_change();
  if (seat.count_failure(message_of(error), current_->clock.lap_ns(), current_->event.step))
    request({Change::Kind::Disconnect, &seat});
}

void Bus::Impl::deliver_alone(Seat& seat, Event& event) {
  if (seat.report.quarantined || !seat.observer->wants(event.kind)) return;
  const Dispatch dispatch(*this, event);
  try {
    call(seat, event);
  } catch (...) {
    failed(std::current_exception());
  }
}

}  // namespace trainbus
