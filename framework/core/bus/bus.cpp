#include "core/bus/bus.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "core/bus/delivery_thread.hpp"
#include "core/bus/dispatcher.hpp"
#include "core/io/error.hpp"

namespace trainbus {
namespace {

class FunctionObserver final : public Observer {
 public:
  FunctionObserver(std::string name, Role role, std::uint64_t wants,
                   std::function<void(Event&)> function)
      : Observer(std::move(name), role, wants), function_(std::move(function)) {}
  void on_event(Event& event) override { function_(event); }

 private:
  std::function<void(Event&)> function_;
};

// Events that a dispatcher needs whether or not an observer wants them.
bool frames_a_run(EventKind kind) {
  return kind == EventKind::TrainBegin || kind == EventKind::TrainEnd;
}

}  // namespace

// Two dispatchers: the training thread calls the one for control observers; the other is called by
// the delivery thread, if there is one.
class Bus::Impl {
 public:
  explicit Impl(const Options& options) {
    if (options.delivery == Delivery::Thread)
      thread_ = std::make_unique<DeliveryThread>(others_, options);
  }
  // Keeps abandoned observers and all that their threads may access: see ~Bus.
  void destroy_observers();

  void publish(Event& event);
  void publish_begin_to_controls(const Event& event);
  void join(std::shared_ptr<Observer> observer);
  std::shared_ptr<Observer> leave(Subscription& subscription);
  // Runs function on the thread that calls metric observers and sinks.
  void run(std::function<void()> function);
  void drain() const {
    if (thread_ && !thread_->is_current()) thread_->drain();
  }

  bool wanted(EventKind kind) const { return controls_.wanted(kind) || others_.wanted(kind); }
  Subscription* find(std::string_view name) const;
  std::vector<Subscription*> subscriptions() const;  // in the order of adding
  Dispatcher& controls() { return controls_; }
  Dispatcher& others() { return others_; }
  std::string_view delivery(const Subscription& subscription) const {
    return thread_ && subscription.report.role != Role::Control ? "thread" : "inline";
  }
  bool left_a_thread_behind() const { return thread_ && thread_->left_a_thread_behind(); }

 private:
  Dispatcher& dispatcher_of(Role role) { return role == Role::Control ? controls_ : others_; }
  bool here(const Dispatcher& dispatcher) const {
    return &dispatcher == &controls_ || !thread_ || thread_->is_current();
  }

  Dispatcher controls_, others_;
  std::unique_ptr<DeliveryThread> thread_;
  std::vector<std::string> order_;  // names, in the order of adding
};

void Bus::Impl::publish(Event& event) {
  if (here(others_) && others_.inside()) return others_.publish(event);  // refuses
  if (event.kind == EventKind::TrainBegin)
    publish_begin_to_controls(event);
  else if (controls_.wanted(event.kind) || frames_a_run(event.kind) || controls_.inside())
    controls_.publish(event);
  else
    controls_.note_position(event.step, event.epoch);
  if (!thread_) return others_.publish(event);
  if (others_.wanted(event.kind) || frames_a_run(event.kind)) thread_->enqueue(event);
  if (event.kind == EventKind::TrainEnd) thread_->drain();
}

// Control observers see only the engine's own numbers, so no metric observer's is declared to them.
void Bus::Impl::publish_begin_to_controls(const Event& event) {
  Event seen = event;
  if (controls_.wanted(event.kind)) {
    drain();
    for (const std::string& name : others_.metrics())
      std::erase_if(seen.metrics, [&](const tb_text& metric) {
        return std::string_view(metric.data, metric.size) == name;
      });
  }
  controls_.publish(seen);
}

void Bus::Impl::run(std::function<void()> function) {
  if (here(others_))
    function();
  else
    thread_->run(std::move(function));
}

void Bus::Impl::join(std::shared_ptr<Observer> observer) {
  Dispatcher& dispatcher = dispatcher_of(observer->role());
  order_.push_back(observer->name());
  if (here(dispatcher)) return dispatcher.join(std::move(observer));
  run([&] { dispatcher.join(std::move(observer)); });
}

std::shared_ptr<Observer> Bus::Impl::leave(Subscription& subscription) {
  Dispatcher& dispatcher = dispatcher_of(subscription.report.role);
  if (here(dispatcher)) return dispatcher.leave(subscription);
  std::shared_ptr<Observer> left;
  run([&] { left = dispatcher.leave(subscription); });
  return left;
}

Subscription* Bus::Impl::find(std::string_view name) const {
  drain();
  Subscription* const control = controls_.find(name);
  return control ? control : others_.find(name);
}

std::vector<Subscription*> Bus::Impl::subscriptions() const {
  drain();
  std::vector<Subscription*> all;
  for (const std::string& name : order_)
    for (const Dispatcher* dispatcher : {&controls_, &others_})
      for (const auto& subscription : dispatcher->subscriptions())
        if (subscription->report.name == name &&
            std::ranges::find(all, subscription.get()) == all.end())
          all.push_back(subscription.get());
  return all;
}

void Bus::Impl::destroy_observers() {
  std::vector<Subscription*> all = subscriptions();
  for (auto subscription = all.rbegin(); subscription != all.rend(); ++subscription)
    if (!(*subscription)->report.abandoned) (*subscription)->observer.reset();
}

Bus::Bus() : Bus(Options()) {}
Bus::Bus(const Options& options) : impl_(std::make_unique<Impl>(options)) {}

Bus::~Bus() {
  impl_->destroy_observers();
  // A thread in a call that has not returned may still access these.
  if (impl_->left_a_thread_behind()) static_cast<void>(impl_.release());
}

void Bus::add(std::shared_ptr<Observer> observer) {
  if (has(observer->name()))
    throw UsageError("the bus already has an observer of this name", observer->name(),
                     "Name the second one otherwise: NAME=ID.");
  impl_->join(std::move(observer));
}

void Bus::observe(std::string name, Role role, std::uint64_t wants,
                  std::function<void(Event&)> function) {
  add(std::make_shared<FunctionObserver>(std::move(name), role, wants, std::move(function)));
}

bool Bus::remove(std::string_view name) { return take(name) != nullptr; }

std::shared_ptr<Observer> Bus::take(std::string_view name) {
  Subscription* subscription = impl_->find(name);
  return subscription ? impl_->leave(*subscription) : nullptr;
}

bool Bus::has(std::string_view name) const { return impl_->find(name) != nullptr; }

Observer* Bus::find(std::string_view name) const {
  const Subscription* subscription = impl_->find(name);
  return subscription ? subscription->observer.get() : nullptr;
}

std::vector<std::string> Bus::names() const {
  std::vector<std::string> result;
  for (const Role role : {Role::Control, Role::Metric, Role::Sink})
    for (const Subscription* subscription : impl_->subscriptions())
      if (subscription->present() && subscription->report.role == role)
        result.push_back(subscription->report.name);
  return result;
}

bool Bus::wanted(EventKind kind) const { return impl_->wanted(kind); }

void Bus::publish(Event& event) { impl_->publish(event); }

void Bus::drain() { impl_->drain(); }

std::map<std::string, std::string> Bus::save_state() {
  std::map<std::string, std::string> states;
  std::exception_ptr failure;
  impl_->controls().save_state(states, failure);
  impl_->run([&] { impl_->others().save_state(states, failure); });
  if (failure) std::rethrow_exception(failure);
  return states;
}

std::vector<std::string> Bus::metrics() const {
  impl_->drain();
  return impl_->others().metrics();
}

std::vector<ObserverReport> Bus::report() const {
  std::vector<ObserverReport> result;
  for (const Subscription* subscription : impl_->subscriptions()) {
    result.push_back(subscription->report);
    if (result.back().delivery.empty()) result.back().delivery = impl_->delivery(*subscription);
  }
  return result;
}

bool Bus::any_quarantined() const {
  const auto subscriptions = impl_->subscriptions();
  return std::ranges::any_of(subscriptions, [](const Subscription* subscription) {
    return subscription->report.quarantined;
  });
}

bool Bus::left_a_thread_behind() const { return impl_->left_a_thread_behind(); }

}  // namespace trainbus
