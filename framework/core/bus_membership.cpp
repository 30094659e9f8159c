// Bus: who is on it, and how members come and go while events are being delivered.
#include <algorithm>
#include <utility>

#include "core/bus_impl.hpp"

namespace trainbus {

Bus::Impl::Impl() {
  for (auto& signal : signals_) signal = std::make_unique<Signal>(CatchEach{this});
}

Bus::Impl::~Impl() {
  while (!seats_.empty()) seats_.pop_back();
}

Seat* Bus::Impl::find(std::string_view name) const {
  for (const auto& seat : seats_)
    if (seat->present() && seat->observer->name() == name) return seat.get();
  return nullptr;
}

std::vector<std::string> Bus::Impl::metrics() const {
  std::vector<std::string> names;
  for (const auto& seat : seats_) {
    if (!seat->present() || seat->observer->role() != Role::Metric) continue;
    for (std::string& name : seat->observer->metrics()) names.push_back(std::move(name));
  }
  return names;
}

void Bus::Impl::join(std::shared_ptr<Observer> observer) {
  seats_.push_back(std::make_unique<Seat>(std::move(observer)));
  request({Change::Kind::Join, seats_.back().get()});
}

std::shared_ptr<Observer> Bus::Impl::leave(Seat& seat) {
  std::shared_ptr<Observer> observer = seat.observer;
  seat.leaving = true;
  request({Change::Kind::Leave, &seat});
  return observer;
}

void Bus::Impl::request(Change change) {
  changes_.push_back(change);
  if (!current_ && !settling_) settle();
}

void Bus::Impl::settle() {
  settling_ = true;
  while (!changes_.empty()) {  // applying one delivers events, which may ask for more
    const Change change = changes_.front();
    changes_.pop_front();
    apply(change);
  }
  settling_ = false;
  wanted_ = 0;
  for (const auto& seat : seats_)
    if (seat->live()) wanted_ |= seat->observer->wants_mask();
}

void Bus::Impl::apply(const Change& change) {
  Seat& seat = *change.seat;
  switch (change.kind) {
    case Change::Kind::Join:
      if (seat.leaving) return;
      connect(seat);
      if (begin_) replay_begin(seat);
      return;
    case Change::Kind::Leave:
      seat.connections.clear();
      if (begin_ && seat.begun) deliver_farewell(seat);
      seat.observer.reset();
      return;
    case Change::Kind::Disconnect:
      seat.connections.clear();
      return;
  }
}

void Bus::Impl::connect(Seat& seat) {
  seat.connected = true;
  const int group = seat.observer->role() == Role::Metric ? 0 : 1;
  for (unsigned kind = 0; kind < signals_.size(); ++kind)
    if (seat.observer->wants(static_cast<EventKind>(kind)))
      seat.connections.emplace_back(
          signals_[kind]->connect(group, [this, &seat](Event& event) { call(seat, event); }));
}

void Bus::Impl::replay_begin(Seat& seat) {
  seat.begun = true;
  Event event = *begin_;
  for (const std::string& name : metrics()) {  // those of late metric observers too
    const tb_text text = intern(name);
    const auto same = [&](const tb_text& known) { return known.data == text.data; };
    if (std::none_of(event.metrics.begin(), event.metrics.end(), same))
      event.metrics.push_back(text);
  }
  deliver_alone(seat, event);
}

void Bus::Impl::deliver_farewell(Seat& seat) {
  using std::chrono::duration_cast, std::chrono::nanoseconds;
  Event event;
  event.kind = EventKind::TrainEnd;
  event.attempt = begin_->attempt;
  event.step = last_step_;
  event.epoch = last_epoch_;
  const auto since_begin = std::chrono::steady_clock::now() - begun_at_;
  event.run_ns = begin_->run_ns + duration_cast<nanoseconds>(since_begin).count();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  event.unix_ns = duration_cast<nanoseconds>(now).count();
  event.text = "stopped: removed from the run";
  deliver_alone(seat, event);
}

}  // namespace trainbus
