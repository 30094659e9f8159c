// Dispatcher: its observers, and how they join and leave while events are being delivered.
#include <algorithm>
#include <utility>

#include "core/bus/dispatcher.hpp"

namespace trainbus {

namespace {

// Never destroyed, like the threads in these observers' calls.
std::vector<std::shared_ptr<Observer>>& abandoned_observers() {
  static auto& observers = *new std::vector<std::shared_ptr<Observer>>;
  return observers;
}

}  // namespace

Dispatcher::Dispatcher() : abandoned_(abandoned_observers()) {
  for (auto& signal : signals_) signal = std::make_unique<Signal>(CatchEach{this});
}

Dispatcher::~Dispatcher() {
  while (!subscriptions_.empty()) subscriptions_.pop_back();
}

Subscription* Dispatcher::find(std::string_view name) const {
  for (const auto& subscription : subscriptions_)
    if (subscription->present() && subscription->observer->name() == name)
      return subscription.get();
  return nullptr;
}

std::vector<std::string> Dispatcher::metrics() const {
  std::vector<std::string> names;
  for (const auto& subscription : subscriptions_) {
    if (!subscription->present() || subscription->observer->role() != Role::Metric) continue;
    for (std::string& name : subscription->observer->metrics()) names.push_back(std::move(name));
  }
  return names;
}

void Dispatcher::join(std::shared_ptr<Observer> observer) {
  subscriptions_.push_back(std::make_unique<Subscription>(std::move(observer)));
  request({Change::Kind::Join, subscriptions_.back().get()});
}

std::shared_ptr<Observer> Dispatcher::leave(Subscription& subscription) {
  std::shared_ptr<Observer> observer = subscription.observer;
  subscription.leaving = true;
  request({Change::Kind::Leave, &subscription});
  return observer;
}

void Dispatcher::request(Change change) {
  changes_.push_back(change);
  if (!current_ && !settling_) settle();
}

void Dispatcher::settle() {
  settling_ = true;
  while (!changes_.empty()) {  // applying a change delivers events, which may request more
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
  for (const auto& subscription : subscriptions_) {
    if (!subscription->live()) continue;
    wanted |= subscription->observer->wants_mask();
    has_lossy_ = has_lossy_ || subscription->observer->intake().lossy;
  }
  wanted_.store(wanted, std::memory_order_relaxed);
}

// In the order in which signals call them: metric observers first, then the others.
std::vector<Subscription*> Dispatcher::in_order() const {
  std::vector<Subscription*> result;
  for (const auto& subscription : subscriptions_) result.push_back(subscription.get());
  std::stable_partition(result.begin(), result.end(),
                        [](Subscription* subscription) { return subscription->metric(); });
  return result;
}

void Dispatcher::apply(const Change& change) {
  Subscription& subscription = *change.subscription;
  switch (change.kind) {
    case Change::Kind::Join:
      if (subscription.leaving) return;
      connect(subscription);
      if (begin_) replay_begin(subscription);
      return;
    case Change::Kind::Leave:
      subscription.connections.clear();
      if (begin_ && subscription.begun) deliver_farewell(subscription);
      subscription.observer.reset();
      return;
    case Change::Kind::Disconnect:
      subscription.connections.clear();
      return;
  }
}

void Dispatcher::connect(Subscription& subscription) {
  subscription.connected = true;
  const int group = subscription.metric() ? 0 : 1;
  for (unsigned kind = 0; kind < signals_.size(); ++kind)
    if (subscription.observer->wants(static_cast<EventKind>(kind)))
      subscription.connections.emplace_back(signals_[kind]->connect(
          group, [this, &subscription](Event& event) { call(subscription, event); }));
}

void Dispatcher::replay_begin(Subscription& subscription) {
  subscription.begun = true;
  Event event = *begin_;
  for (const std::string& name : metrics()) {  // also those of metric observers that joined later
    const tb_text text = intern(name);
    const auto same = [&](const tb_text& known) { return known.data == text.data; };
    if (std::none_of(event.metrics.begin(), event.metrics.end(), same))
      event.metrics.push_back(text);
  }
  deliver_alone(subscription, event);
}

void Dispatcher::deliver_farewell(Subscription& subscription) {
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
  deliver_alone(subscription, event);
}

}  // namespace trainbus
