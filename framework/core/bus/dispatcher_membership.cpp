// Dispatcher: who is on it, and how members come and go while events are being delivered.
#include <algorithm>
#include <utility>

#include "core/bus/dispatcher.hpp"

namespace trainbus {

namespace {

// Outlives everything, like the threads that are inside.
std::vector<std::shared_ptr<Observer>>& abandoned_observers() {
  static auto& observers = *new std::vector<std::shared_ptr<Observer>>;
  return observers;
}

}  // namespace

Dispatcher::Dispatcher() : abandoned_(abandoned_observers()) {
  for (auto& signal : signals_) signal = std::make_unique<Signal>(CatchEach{this});
}

Dispatcher::~Dispatcher() {
  while (!seats_.empty()) seats_.pop_back();
}

Seat* Dispatcher::find(std::string_view name) const {
  for (const auto& seat : seats_)
    if (seat->present() && seat->observer->name() == name) return seat.get();
  return nullptr;
}

std::vector<std::string> Dispatcher::metrics() const {
  std::vector<std::string> names;
  for (const auto& seat : seats_) {
    if (!seat->present() || seat->observer->role() != Role::Metric) continue;
    for (std::string& name : seat->observer->metrics()) names.push_back(std::move(name));
  }
  return names;
}

void Dispatcher::join(std::shared_ptr<Observer> observer) {
  seats_.push_back(std::make_unique<Seat>(std::move(observer)));
  request({Change::Kind::Join, seats_.back().get()});
}

std::shared_ptr<Observer> Dispatcher::leave(Seat& seat) {
  std::shared_ptr<Observer> observer = seat.observer;
  seat.leaving = true;
  request({Change::Kind::Leave, &seat});
  return observer;
}

void Dispatcher::request(Change change) {
  changes_.push_back(change);
  if (!current_ && !settling_) settle();
}

void Dispatcher::settle() {
  settling_ = true;
  while (!changes_.empty()) {  // applying one delivers events, which may ask for more
    const Change change = changes_.front();
    changes_.pop_front();
    apply(change);
  }
  settling_ = false;
  survey();
}

void Dispatcher::survey() {
  std::uint64_t wanted = 0;
  has_lossy_ = false;
  for (const auto& seat : seats_) {
    if (!seat->live()) continue;
    wanted |= seat->observer->wants_mask();
    has_lossy_ = has_lossy_ || seat->observer->intake().lossy;
  }
  wanted_.store(wanted, std::memory_order_relaxed);
}

// As signals call them: metric observers first, then the others.
std::vector<Seat*> Dispatcher::in_order() const {
  std::vector<Seat*> result;
  for (const auto& seat : seats_) result.push_back(seat.get());
  std::stable_partition(result.begin(), result.end(), [](Seat* seat) { return seat->metric(); });
  return result;
}

void Dispatcher::apply(const Change& change) {
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

void Dispatcher::connect(Seat& seat) {
  seat.connected = true;
  const int group = seat.metric() ? 0 : 1;
  for (unsigned kind = 0; kind < signals_.size(); ++kind)
    if (seat.observer->wants(static_cast<EventKind>(kind)))
      seat.connections.emplace_back(
          signals_[kind]->connect(group, [this, &seat](Event& event) { call(seat, event); }));
}

void Dispatcher::replay_begin(Seat& seat) {
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

void Dispatcher::deliver_farewell(Seat& seat) {
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
