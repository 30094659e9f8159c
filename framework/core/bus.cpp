#include "core/bus.hpp"

#include <utility>

#include "core/bus_impl.hpp"
#include "core/error.hpp"

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

}  // namespace

Bus::Bus() : impl_(std::make_unique<Impl>()) {}
Bus::~Bus() = default;

void Bus::add(std::shared_ptr<Observer> observer) {
  if (has(observer->name()))
    throw UsageError("an observer of this name is on the bus already", observer->name(),
                     "Name the second one otherwise: NAME=ID.");
  impl_->join(std::move(observer));
}

void Bus::observe(std::string name, Role role, std::uint64_t wants,
                  std::function<void(Event&)> function) {
  add(std::make_shared<FunctionObserver>(std::move(name), role, wants, std::move(function)));
}

bool Bus::remove(std::string_view name) { return take(name) != nullptr; }

std::shared_ptr<Observer> Bus::take(std::string_view name) {
  Seat* seat = impl_->find(name);
  return seat ? impl_->leave(*seat) : nullptr;
}

bool Bus::has(std::string_view name) const { return impl_->find(name) != nullptr; }

Observer* Bus::find(std::string_view name) const {
  const Seat* seat = impl_->find(name);
  return seat ? seat->observer.get() : nullptr;
}

std::vector<std::string> Bus::names() const {
  std::vector<std::string> result;
  for (const Role role : {Role::Metric, Role::Sink})
    for (const auto& seat : impl_->seats())
      if (seat->present() && seat->observer->role() == role) result.push_back(seat->report.name);
  return result;
}

bool Bus::wanted(EventKind kind) const { return impl_->wanted(kind); }

void Bus::publish(Event& event) { impl_->publish(event); }

std::vector<std::string> Bus::metrics() const { return impl_->metrics(); }

std::vector<ObserverReport> Bus::report() const {
  std::vector<ObserverReport> result;
  for (const auto& seat : impl_->seats()) result.push_back(seat->report);
  return result;
}

bool Bus::any_quarantined() const {
  for (const auto& seat : impl_->seats())
    if (seat->report.quarantined) return true;
  return false;
}

}  // namespace trainbus
